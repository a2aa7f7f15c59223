"""Files of claims as developers ship them: about these bytes, about others, and such that nobody can read."""

import hashlib
import json

CODE = b"export const run = () => eval(source);\n"
SHA = hashlib.sha256(CODE).hexdigest()
MANIFEST = b'{"name": "sample", "version": "1.0.0"}'


def entry(path="lib/run.js", sha=SHA, verdict="false_positive", reason="It evaluates our own templates", extra=""):
    return (
        f'[[suppression]]\ncheck = "malware_rules"\nrule = "javascript_decoded_eval"\npath = "{path}"\n'
        f'sha256 = "{sha}"\nverdict = "{verdict}"\nreason = "{reason}"\n{extra}\n'
    )


def package(*entries, name="assay-suppressions.toml", folder="package/"):
    text = 'schema = "assay-suppressions/1"\n\n' + "\n".join(entries)
    files = {"package.json": MANIFEST, "lib/run.js": CODE, name: text.encode()}
    return {folder + path: data for path, data in files.items()}


def flags():
    yield "claim_mismatch--other-bytes", package(entry(sha="0" * 64))
    yield "claim_of_nothing--no-such-file", package(entry(path="lib/gone.js"))
    yield "claim_of_nothing--the-whole-package", package(entry(path=""))
    yield "bad_claim--no-reason", package(entry(reason=" "), entry())
    yield "bad_claim--misspelt-key", package(entry(extra='untill = "2030-01-01"'))
    yield "bad_claim--half-of-it-is-no-toml", package(entry(), '[[suppression]]\ncheck = "oops\n', entry())
    yield "unreadable_claims--another-schema", {"assay-suppressions.toml": b'schema = "other/1"\n'}
    yield "unreadable_claims--not-text", {"assay-suppressions.toml": b"\xff\xfe\x00schema"}
    yield "unreadable_claims--json", {"assay-suppressions.json": b'{"schema": '}
    yield "unreadable_claims--too-large", package(entry(), f"# {'x' * (1 << 20)}")
    yield "too_many_claims--a-thousand-and-one", package(*[entry()] * 1001)


def passes():
    yield "fits", package(entry())
    yield "fits-with-an-end", package(entry(extra='until = 2099-12-31\nwho = "The developers"'))
    yield "fits-by-its-whole-path", package(entry(path="package/lib/run.js"))
    yield "fits-without-a-top-folder", package(entry(), folder="")
    yield "fits-in-a-folder-of-its-own", package(entry(), name=".assay/suppressions.toml")
    row = {"check": "a", "rule": "b", "path": "lib/run.js", "sha256": SHA, "verdict": "accepted_risk", "reason": "x1"}
    text = json.dumps({"schema": "assay-suppressions/1", "suppressions": [row]})
    yield "fits-as-json", {"lib/run.js": CODE, "assay-suppressions.json": text.encode()}
    yield "no-claims", {"lib/run.js": CODE, "package.json": MANIFEST}
    yield "somebody-elses-file-of-that-name", {"lib/run.js": CODE, "lib/deep/assay-suppressions.toml": b"x = 1"}
