#!/usr/bin/env bash
# Builds the demo repository in a temporary directory and checks what demo.json claims about it.
# Needs bash, git and python3. Prints one line per claim; exits 1 at the first that does not hold.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
unset "${!GIT_AUTHOR_@}" "${!GIT_COMMITTER_@}" GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export PYTHONDONTWRITEBYTECODE=1

# claim KEY: the value in demo.json, a list one item a line.
claim() {
    python3 - "$here/demo.json" "$1" <<'PY'
import json, sys
value = json.load(open(sys.argv[1], encoding="utf-8"))
for key in sys.argv[2].split("."):
    value = value[key]
print("\n".join(value) if isinstance(value, list) else value)
PY
}

ok() { printf 'ok    %s\n' "$*"; }
fail() { printf 'FAIL  %s\n' "$*" >&2; exit 1; }
same() { [[ "$2" == "$3" ]] && ok "$1" || fail "$1: expected '$3', got '$2'"; }

# build DIR: apply the history to a new repository.
build() {
    git init -q -b "$(claim default_branch)" "$1"
    GIT_COMMITTER_NAME=$(claim committer.name) GIT_COMMITTER_EMAIL=$(claim committer.email) \
        git -C "$1" am -q --committer-date-is-author-date "$here"/history/*.patch
}

# failures COMMAND...: run unittest, print the failing test ids one a line, sorted.
failures() {
    local out status=0
    out=$("$@" 2>&1) || status=$?
    local ids
    ids=$(sed -nE 's/^(ERROR|FAIL): ([A-Za-z0-9_]+) \((.*)\).*$/\3 \2/p' <<<"$out" \
        | awk '{ print ($1 ~ "\\." $2 "$") ? $1 : $1 "." $2 }' | sort)
    [[ $status -eq 0 && -z $ids || $status -ne 0 && -n $ids ]] || fail "cannot read: $out"
    printf '%s' "$ids"
}

# gates KEY: run every command of a gate, true when all of them pass.
gates() {
    local command
    while IFS= read -r command; do
        bash -c "$command" </dev/null >/dev/null 2>&1 || return 1
    done < <(claim "gates.$1")
}

test_id=$(claim failing_test)
culprit_number=$(claim culprit_number)

# --- the history ---------------------------------------------------------------------------
warnings=$( { build "$scratch/repo" && build "$scratch/again"; } 2>&1 )
same "the patches apply without a warning" "$warnings" ""
cd "$scratch/repo"
mapfile -t commits < <(git rev-list --reverse HEAD)
same "number of commits" "${#commits[@]}" "$(claim commits)"
same "number of merges" "$(git rev-list --merges --count HEAD)" 0
same "head" "$(git rev-parse HEAD)" "$(claim head)"
same "a second build has the same head" "$(git -C "$scratch/again" rev-parse HEAD)" "$(claim head)"
same "head subject" "$(git log -1 --format=%s)" "$(claim head_subject)"
same "three authors" "$(git log --format=%ae | sort -u | wc -l)" 3
same "dates never go back" "$(git log --reverse --format=%at | sort -nc 2>&1 || true)" ""
same "no whitespace errors" "$(git log --check --format= | head -3)" ""
leaks=$(grep -rlF -e "${HOME:?}/" -e "$(cd "$here/../.." && pwd)/" -e "${TMPDIR:-/tmp}/" "$here" || true)
same "no paths of a machine" "$leaks" ""

culprit=${commits[culprit_number - 1]}
same "culprit" "$culprit" "$(claim culprit)"
same "culprit subject" "$(git log -1 --format=%s "$culprit")" "$(claim culprit_subject)"
same "culprit subject is unique" "$(git log --format=%s | grep -cxF "$(claim culprit_subject)")" 1
same "culprit files" "$(git diff-tree --no-commit-id --name-only -r "$culprit")" "$(claim culprit_files)"
same "commits to the failing test since the culprit" \
    "$(git log --format=%s "$culprit^..HEAD" -- "$(claim failing_test_file)")" ""
git log --format=%s "$culprit..HEAD" >"$scratch/later"
while IFS= read -r suspect; do
    grep -qxF "$suspect" "$scratch/later" || fail "no later commit '$suspect'"
done < <(claim suspects)
ok "every suspect is later than the culprit"
git log --format=%s "$culprit..HEAD" -- "$(claim culprit_files)" >"$scratch/same-file"
claim suspects | grep -xFf "$scratch/same-file" >/dev/null \
    || fail "no suspect touches the culprit's file"
ok "suspects touch the culprit's file"
for gate in fast full; do
    while IFS= read -r command; do
        grep -qF -- "- $command" .devos/self-heal.yml || fail "self-heal.yml lacks: $command"
    done < <(claim "gates.$gate")
done
ok "self-heal.yml asks for the same gates"

# --- every commit --------------------------------------------------------------------------
since=$(git log --format=%H --fixed-strings --grep="$(claim failing_test_since_subject)" -1)
seen=no
for at in "${!commits[@]}"; do
    number=$((at + 1))
    git checkout -q "${commits[at]}"
    label=$(printf '%02d %s' "$number" "$(git log -1 --format=%s)")
    expected="" bare=""
    if ((number >= culprit_number)); then expected=$test_id bare=${test_id#tests.}; fi
    found=$(failures python3 -m unittest discover -s tests -t .)
    same "$label: full gate" "$found" "$expected"
    found=$(failures python3 -m unittest discover -s tests)
    same "$label: full gate without -t" "$found" "$bare"
    python3 -m compileall -q checkout tests || fail "$label: does not compile"
    if [[ -d tests/unit ]]; then gates fast || fail "$label: fast gate"; fi
    [[ ${commits[at]} == "$since" ]] && seen=yes
    if [[ $seen == yes ]]; then
        result=0
        bash -c "$(claim test_command)" >/dev/null 2>&1 || result=1
        same "$label: the test alone" "$result" "$((number >= culprit_number ? 1 : 0))"
    fi
    same "$label: leaves the tree clean" "$(git status --porcelain)" ""
done
[[ $seen == yes ]] || fail "no commit adds the failing test"

# --- the head ------------------------------------------------------------------------------
# report FILE: failing cases of a JUnit file, as "classname.name file has-traceback".
report() {
    python3 - "$1" "$(claim exception.type): $(claim exception.message)" <<'PY'
import sys
from xml.etree import ElementTree
root = ElementTree.parse(sys.argv[1]).getroot()
cases = list(root.iter("testcase"))
assert int(root.get("tests")) == len(cases) > 30, len(cases)
for case in cases:
    assert case.get("classname") and case.get("name") and case.get("file"), case.attrib
    for kind in ("failure", "error"):
        for found in case.findall(kind):
            stack = ("checkout/orders.py", "checkout/totals.py", "checkout/money.py", sys.argv[2])
            assert all(part in found.text for part in stack), found.text
            print(f"{case.get('classname')}.{case.get('name')} {case.get('file')}")
PY
}

# errors RECORDS: "TYPE: MESSAGE" of each error log whose span and trace lead to a failed request.
errors() {
    python3 - "$1" "$(claim operation)" <<'PY'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
spans = {record["span_id"]: record for record in records if record["kind"] == "span"}
for record in records:
    assert record["kind"] in ("log", "span") and record["name"] and record["start_ms"] >= 0
    assert len(record["trace_id"]) == 32 and len(record["span_id"]) == 16
    assert record.get("parent_id") is None or record["parent_id"] in spans
served = [span for span in spans.values() if span["name"] == sys.argv[2]]
assert any(span["status"] == "ok" for span in served), "the operation never succeeds"
failed = {span["span_id"] for span in served if span["attributes"]["http.response.status_code"] == 500}
for record in records:
    if record["kind"] == "log" and record["level"] == "error":
        assert record["span_id"] in failed, record
        exception = record["exception"]
        assert "checkout/money.py" in exception["stacktrace"]
        print(f"{exception['type']}: {exception['message']}")
bad = {span["trace_id"] for span in spans.values() if span["status"] == "error"}
assert bad == {spans[id]["trace_id"] for id in failed}, "other spans failed"
PY
}

git checkout -q "$(claim default_branch)"
started=$(date +%s%N)
gates full && fail "the full gate passes at head"
elapsed=$((($(date +%s%N) - started) / 1000000))
((elapsed < 3000)) || fail "the full gate takes $elapsed ms"
ok "the full gate takes $elapsed ms"
for run in {1..15}; do
    found=$(failures python3 -m unittest discover -s tests -t .)
    [[ $found == "$test_id" ]] || fail "run $run: '$found'"
done
ok "fifteen runs agree"

bash -c "$(claim junit_command)" >/dev/null && fail "the JUnit runner reports success"
found=$(report junit.xml)
same "JUnit" "$found" "$test_id $(claim failing_test_file)"
rm junit.xml

bash -c "$(claim replay_command) --seed 1 --at 0" >"$scratch/replay"
errors "$scratch/replay" >"$scratch/errors"
same "replay: first runtime error" "$(sed -n 1p "$scratch/errors")" \
    "$(claim exception.type): $(claim exception.message)"
same "replay: kinds of runtime errors" "$(cut -d: -f1 "$scratch/errors" | sort -u)" \
    "$(claim exception.type)"
bash -c "$(claim replay_command) --rounds 10" >"$scratch/replay"
errors "$scratch/replay" >"$scratch/errors10"
same "replay: errors in ten rounds" "$(wc -l <"$scratch/errors10")" \
    "$(($(wc -l <"$scratch/errors") * 10))"

# --- the way back --------------------------------------------------------------------------
export GIT_AUTHOR_NAME=verify GIT_AUTHOR_EMAIL=verify@example.com
export GIT_COMMITTER_NAME=verify GIT_COMMITTER_EMAIL=verify@example.com
while IFS= read -r subject; do
    suspect=$(git log --format=%H --fixed-strings --grep="$subject" -1)
    git checkout -q -B suspect "$(claim default_branch)"
    if git revert --no-edit "$suspect" >/dev/null 2>&1; then
        found=$(failures python3 -m unittest discover -s tests -t .)
        [[ $'\n'$found$'\n' == *$'\n'"$test_id"$'\n'* ]] || fail "reverting '$subject' mends the test"
        ok "reverting '$subject' does not mend the test"
    else
        git revert --abort
        ok "reverting '$subject' conflicts"
    fi
done < <(claim suspects)

git checkout -q -B repaired "$(claim default_branch)"
same "the revert is clean" "$(git revert --no-edit "$culprit" 2>&1 >/dev/null)" ""
same "the revert touches the same files" "$(git diff --name-only HEAD^)" "$(claim culprit_files)"
gates fast || fail "fast gate after the revert"
gates full || fail "full gate after the revert"
ok "both gates pass after the revert"
bash -c "$(claim junit_command)" >/dev/null || fail "the JUnit runner reports failures"
found=$(report junit.xml)
same "JUnit after the revert" "$found" ""
rm junit.xml
bash -c "$(claim replay_command) --rounds 10" >"$scratch/replay"
found=$(errors "$scratch/replay")
same "replay after the revert" "$found" ""

printf '\n%s commits, head %s, culprit %s\n' "${#commits[@]}" "$(claim head)" "$culprit"
