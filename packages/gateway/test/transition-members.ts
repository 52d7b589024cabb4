/** Rules of lifecycles with transitions, and everything that is read of them: a value, and another one in its place. */
export const colder =
  "<Prefix>t</Prefix><Transition><Days>101</Days><StorageClass>INTELLIGENT_TIERING</StorageClass></Transition><NoncurrentVersionTransition><NoncurrentDays>111</NoncurrentDays><NewerNoncurrentVersions>21</NewerNoncurrentVersions><StorageClass>STANDARD_IA</StorageClass></NoncurrentVersionTransition>";
export const frozen =
  "<Prefix>u</Prefix><Transition><Date>2032-01-01T00:00:00Z</Date><StorageClass>GLACIER_IR</StorageClass></Transition>";

export const transitionValues: Readonly<Record<string, readonly [string, string]>> = {
  "/Rule/Transition/Days": [">101<", ">102<"],
  "/Rule/Transition/Date": ["2032-01-01T00", "2032-01-01T01"],
  "/Rule/Transition/StorageClass": ["INTELLIGENT_TIERING", "GLACIER_IR"],
  "/Rule/NoncurrentVersionTransition/NoncurrentDays": [">111<", ">112<"],
  "/Rule/NoncurrentVersionTransition/NewerNoncurrentVersions": [">21<", ">22<"],
  "/Rule/NoncurrentVersionTransition/StorageClass": ["STANDARD_IA", "ONEZONE_IA"],
};
