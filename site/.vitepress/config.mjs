// The site is README.md and docs/ as they are: no page is written for it alone. A link that leads nowhere ends the build.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { groups } from "../contents.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

function titleOf(page) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(`${root}docs/${page}.md`, "utf8"));
  return title.replaceAll("`", "");
}

const sidebar = Object.entries(groups).map(([text, pages]) => ({
  text,
  collapsed: true,
  items: pages.map((page) => ({ text: titleOf(page), link: `/docs/${page}` })),
}));

/** What a page names beside pages: files of the repository that are not on the site. */
const notPage = /^[./]*\/(deploy\/|LICENSE$)/;

/** Such a file is named, not linked. Whether it is there is a test's matter. */
function withoutLinksToFiles({ tokens }) {
  for (const { children } of tokens) {
    let isOut = false;
    for (const token of children ?? []) {
      if (token.type === "link_open") isOut = notPage.test(token.attrGet("href") ?? "");
      if (isOut && (token.type === "link_open" || token.type === "link_close")) token.hidden = true;
      if (token.type === "link_close") isOut = false;
    }
  }
}

export default defineConfig({
  title: "s3-credentials",
  description: "S3 credentials that can do exactly what was asked and nothing else",
  srcDir: "pages", // tools/site.mjs copies them there
  outDir: "dist",
  base: process.env.SITE_BASE ?? "/", // the path below which a server has it
  rewrites: { "README.md": "index.md" },
  cleanUrls: false,
  ignoreDeadLinks: [notPage],
  markdown: { config: (markdown) => markdown.core.ruler.push("no-links-out-of-the-site", withoutLinksToFiles) },
  themeConfig: {
    sidebar: [{ text: "Start", link: "/" }, ...sidebar, { text: "Changes", link: "/CHANGELOG" }],
    outline: [2, 3],
    search: { provider: "local" },
  },
});
