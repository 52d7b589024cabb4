import type { OptionDefinition } from "../command-line/definition.ts";

export interface CompletedOption extends OptionDefinition {
  /** Values that shells offer; undefined where they may offer files. */
  readonly values: readonly string[] | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
}

type Script = (commands: readonly CompletedCommand[]) => string;

/** Scripts that hold the whole table, so that completing starts no process. */
export const completionScripts = {
  bash: (commands) => `# s3-credentials completion for bash: eval "$(s3-credentials completion bash)"
_s3_credentials() {
  local at=$COMP_CWORD command= item
  local word=\${COMP_WORDS[at]}
  # Bash takes a word apart at its colons, and puts what is offered behind the last one.
  if [[ $word == : ]]; then at=$((at - 1)); word=\${COMP_WORDS[at]}:
  elif [[ \${COMP_WORDS[at-1]} == : ]]; then at=$((at - 2)); word=\${COMP_WORDS[at]}:$word
  fi
  local before=\${COMP_WORDS[at-1]} typed=
  [[ $at == "$COMP_CWORD" ]] || typed=\${word%"\${word##*:}"}
  for item in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $item in -*) ;; *) command=$item; break ;; esac
  done
  COMPREPLY=()
  # What comes after it belongs to another program; nothing offered means names of files.
  for item in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $item == -- ]] && return
  done
  case $command:$before in
${commands.flatMap(bashValues).join("\n")}
  esac
  case $command in
    '') COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help -V --version --local" -- "$word")) ;;
${commands
  .map(
    ({ name, options }) =>
      `    ${name}) [[ $word == -* ]] && COMPREPLY=($(compgen -W "${flags(options).join(" ")}" -- "$word")) ;;`,
  )
  .join("\n")}
  esac
}
complete -o default -F _s3_credentials s3-credentials
`,
  zsh: (commands) => `#compdef s3-credentials
# s3-credentials completion for zsh: eval "$(s3-credentials completion zsh)"
_s3_credentials() {
  local line state
  _arguments -C '--help[show help]' '(-V --version)'{-V,--version}'[show the version]' '--local[use the local gateway]' '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, summary }) => `        ${quote(`${name}:${summary.replaceAll(":", "\\:")}`)}`).join("\n")}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${commands.map(({ name, options }) => `        ${name}) _arguments ${options.flatMap(zshOption).join(" ")} '*:file:_files' ;;`).join("\n")}
      esac ;;
  esac
}
compdef _s3_credentials s3-credentials
`,
  fish: (commands) => `# s3-credentials completion for fish: s3-credentials completion fish | source
complete -c s3-credentials -n __fish_use_subcommand -l local -d 'use the local gateway'
${commands
  .flatMap(({ name, summary, options }) => [
    `complete -c s3-credentials -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
    ...options.map(
      (option) => `complete -c s3-credentials -n '__fish_seen_subcommand_from ${name}' ${fishOption(option)}`,
    ),
  ])
  .join("\n")}
`,
} as const satisfies Record<string, Script>;

export type Shell = keyof typeof completionScripts;

export const shells = Object.keys(completionScripts) as readonly Shell[];

function flags(options: readonly OptionDefinition[]): readonly string[] {
  return [
    "--help",
    ...options.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]),
  ];
}

/** After an option with a few possible values these are offered. */
function bashValues({ name, options }: CompletedCommand): readonly string[] {
  return options.flatMap(({ name: option, values }) =>
    values === undefined
      ? []
      : [
          `    ${name}:--${option}) COMPREPLY=($(compgen -W "${values.join(" ")}" -- "$word")); COMPREPLY=("\${COMPREPLY[@]#"$typed"}"); return ;;`,
        ],
  );
}

function zshOption({ name, short, value, summary, values, repeatable }: CompletedOption): readonly string[] {
  const explained = `[${summary.replace(/[[\]:]/g, "\\$&")}]`;
  const taken =
    value === undefined
      ? ""
      : `:${value}:${values === undefined ? "_files" : `(${values.join(" ").replaceAll(":", "\\:")})`}`;
  const many = repeatable === true ? "*" : "";
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map((flag) =>
    quote(`${many}${flag}${explained}${taken}`),
  );
}

function fishOption({ name, short, value, summary, values }: CompletedOption): string {
  return [
    `-l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === undefined ? [] : ["-r"]),
    ...(values === undefined ? [] : [`-f -a ${quote(values.join(" "))}`]),
    `-d ${quote(summary)}`,
  ].join(" ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
