"""Refresh the browser assets that the pages serve: `python scripts/vendor_assets.py [NAME@VERSION…]`.

Each package is fetched with `npm pack`, only the minified files listed in ASSETS are kept, beside the
licence texts of the package. Of a package with a `build` only the parts that a list in this folder names
are taken: scripts are bundled by esbuild, styles by Sass, both minified. `versions.json` records name,
version, licence and SHA-384 of every file. `--check` compares the files on disk with `versions.json` and
fetches nothing. Running the product needs neither Node nor network: the files are in the repository.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "src/jieyue/web/static/vendor"
MANIFEST = "versions.json"

# A reference to a source map that we do not ship; the static-files storage refuses a file that is missing.
_SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=[^*]+\*/)\s*$")


@dataclass(frozen=True)
class Asset:
    """One npm package: the range of versions we take, its files, and the texts of its licence.

    build: the list of parts, in this folder, of which the one file is bundled.
    """

    package: str
    folder: str
    wanted: str
    files: tuple[str, ...]
    licence_files: tuple[str, ...] = ("LICENSE",)
    build: str = ""


#: What makes one file of a list of parts, and how it is called, by the list's ending; none of them is shipped.
BUILDERS: Mapping[str, tuple[str, Sequence[str]]] = {
    ".js": ("esbuild@0.25.12", ("esbuild", "--bundle", "--minify", "--format=iife", "--target=es2019")),
    ".scss": (
        "sass@1.108.2",
        (
            "sass",
            "--load-path=node_modules",
            "--style=compressed",
            "--no-source-map",
            "--quiet",
            "--quiet-deps",
        ),
    ),
}

ASSETS = (
    Asset("htmx.org", "htmx", "^2.0.0", ("dist/htmx.min.js",)),
    Asset(
        "echarts",
        "echarts",
        "^6.1.0",
        ("dist/echarts.min.js",),
        ("LICENSE", "NOTICE", "licenses/LICENSE-d3"),
        build="echarts_parts.js",
    ),
    Asset(
        "bootstrap",
        "bootstrap",
        "^5.3.0",
        ("dist/css/bootstrap.min.css",),
        build="bootstrap_parts.scss",
    ),
)


def sha384(content: bytes) -> str:
    """The digest in the form that a page's `integrity` attribute takes: `sha384-` and base64."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def differences(folder: Path = VENDOR) -> Iterator[str]:
    """What on disk is not as `versions.json` says: changed, missing or unlisted files."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    listed = {MANIFEST}
    for package in manifest["packages"]:
        for file in package["files"]:
            listed.add(file["path"])
            path = folder / file["path"]
            if not path.is_file():
                yield f"{file['path']}: listed in {MANIFEST}, not on disk"
            elif sha384(path.read_bytes()) != file["sha384"]:
                yield f"{file['path']}: differs from the sha384 in {MANIFEST}"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in listed:
            yield f"{name}: not listed in {MANIFEST}"


def _pack(spec: str, folder: Path) -> Path:
    """Fetch one package into `folder` and return its archive."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", spec]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise FileNotFoundError(name)
    return member.read()


def _take(asset: Asset, spec: str, target: Path) -> dict[str, Any]:
    """Write one package's files below `target` and return its entry of the manifest."""
    with tempfile.TemporaryDirectory() as scratch:
        packed = _pack(spec, Path(scratch))
        with tarfile.open(packed) as archive:
            about = json.loads(_read(archive, "package.json"))
            names = asset.licence_files if asset.build else asset.files + asset.licence_files
            files = [_write(target, asset.folder, name, _read(archive, name)) for name in names]
        if asset.build:
            bundled = _bundle(asset, f"{about['name']}@{about['version']}", Path(scratch))
            files.insert(0, _write(target, asset.folder, asset.files[0], bundled))
            files[0] |= {"from": f"scripts/{asset.build}", "built_by": _builder(asset)[0]}
    return {
        "name": about["name"],
        "version": about["version"],
        "licence": about["license"],
        "source": "npm package " + about["name"],
        "files": files,
    }


def _bundle(asset: Asset, spec: str, folder: Path) -> bytes:
    """The parts that the list names, as one minified file."""
    parts = Path(__file__).with_name(asset.build)
    builder, command = _builder(asset)
    shutil.copyfile(parts, folder / parts.name)
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", spec, builder]
    subprocess.run(install, cwd=folder, check=True)
    bundle = ["npx", "--no-install", *command, parts.name]
    return subprocess.run(bundle, cwd=folder, check=True, capture_output=True).stdout


def _builder(asset: Asset) -> tuple[str, Sequence[str]]:
    return BUILDERS[Path(asset.build).suffix]


def _write(target: Path, folder: str, name: str, content: bytes) -> dict[str, str]:
    kept = _SOURCE_MAP.sub(b"\n", content)
    relative = f"{folder}/{Path(name).name}"
    if Path(name).suffix not in {".js", ".css"}:
        relative += ".txt"
    path = target / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)
    entry = {"path": relative, "from": name, "sha384": sha384(kept)}
    if kept != content:
        entry |= {"change": "reference to a source map removed", "sha384_before": sha384(content)}
    return entry


def refresh(specs: dict[str, str]) -> None:
    """Fetch every package and write the files and the manifest."""
    packages = []
    for asset in ASSETS:
        version = specs.get(asset.package, asset.wanted)
        packages.append(_take(asset, f"{asset.package}@{version}", VENDOR))
    text = json.dumps({"packages": packages}, ensure_ascii=False, indent=2) + "\n"
    (VENDOR / MANIFEST).write_text(text, "utf-8")
    for package in packages:
        print(package["name"], package["version"], package["licence"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("specs", nargs="*", metavar="NAME@VERSION", help="take this version")
    parser.add_argument("--check", action="store_true", help="compare with versions.json, fetch nothing")
    options = parser.parse_args()
    if not options.check:
        refresh(dict(spec.rsplit("@", 1) for spec in options.specs))
    found = list(differences())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
