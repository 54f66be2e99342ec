#!/usr/bin/env bash
# Scans every tracked file for secrets, after a positive control: planted ones of each kind must be found first,
# since a scanner that finds nothing may just be looking at nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p artifacts
planted=$(mktemp -d artifacts/planted-XXXXXX)
trap 'rm -rf "$planted" "$planted.log"' EXIT

# Put together here, so that the repository itself holds no such text.
letters=$(printf 'aB3%.0s' {1..30})
printf 'key = hck_live_%s\n' "${letters:0:71}" >"$planted/hatcheck"
printf 'token = 12345678%s:AA%s\n' 90 "${letters:0:33}" >"$planted/telegram"
node -e 'const { privateKey } = require("crypto").generateKeyPairSync("rsa", { modulusLength: 2048 });
  console.log(privateKey.export({ type: "pkcs8", format: "pem" }))' >"$planted/pem"
printf 'aws_secret_access_key = %s/+%s\n' "${letters:0:19}" "${letters:0:19}" >"$planted/aws"
printf 'ghp_%s\n' "${letters:0:36}" >"$planted/github"

scan=(ci/node_modules/.bin/secretlint --no-color --no-glob
  --secretlintrc ci/secretlintrc.json --secretlintignore ci/secretlintignore)

for kind in "$planted"/*; do
  outcome=0
  "${scan[@]}" "$kind" >"$planted.log" 2>&1 || outcome=$?
  # 1 means found; 2 means that the scanner itself broke, which must not pass for finding something.
  if [ "$outcome" != 1 ]; then
    echo "The positive control failed: a planted secret (${kind##*/}) was not found (exit code $outcome)."
    cat "$planted.log"
    exit 1
  fi
done
echo "Positive control: all $(find "$planted" -type f | wc -l) kinds of planted secrets were found."

# Files that are new but not ignored count too: they are about to be committed.
mapfile -d '' -t files < <(git ls-files -z --cached --others --exclude-standard)
present=()
for file in "${files[@]}"; do [ -f "$file" ] && present+=("$file"); done
"${scan[@]}" "${present[@]}"
echo "No secrets in ${#present[@]} files."
