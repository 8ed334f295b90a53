#!/bin/sh
# Known vulnerabilities of what requirements.txt pins, by pip-audit in an environment of its own.
# sh audit.sh PYTHON. Fails where there is one; where the list cannot be reached, says so and does not fail.
set -u
python=$1
tools=.venv/audit
none="audit: not reachable, nothing was checked"

test -x $tools/bin/pip-audit || {
	"$python" -m venv $tools && $tools/bin/python -m pip install --disable-pip-version-check -q pip-audit==2.10.1
} || { echo "$none (pip-audit cannot be installed)"; exit 0; }

found=$(mktemp) && said=$(mktemp)
trap 'rm -f "$found" "$said"' EXIT
$tools/bin/pip-audit -r requirements.txt --no-deps --disable-pip --progress-spinner off -f json -o "$found" 2>"$said"
status=$?

# A mirror without the list answers "not found" for every package, which pip-audit takes for none being vulnerable.
"$python" - "$found" "$status" <<'EOF'
import json
import sys

try:
    with open(sys.argv[1]) as file:
        packages = json.load(file)["dependencies"]
except (OSError, ValueError, KeyError):
    packages = []
checked = [package for package in packages if "vulns" in package]
bad = [package for package in checked if package["vulns"]]
for package in bad:
    for one in package["vulns"]:
        fixed = ", ".join(one.get("fix_versions", [])) or "no version yet"
        print(f"audit: {package['name']} {package['version']}: {one['id']}, mended in {fixed}")
if not checked:
    print("audit: not reachable, nothing was checked (no answer from the list of vulnerabilities)")
else:
    print(f"audit: {len(checked)} of {len(packages)} packages checked, {len(bad)} vulnerable")
sys.exit(bool(bad))
EOF
