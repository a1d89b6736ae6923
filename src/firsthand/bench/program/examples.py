"""Suggests a Procfile that fits the files that are there."""

from pathlib import Path

_EXAMPLES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("server.py", "app.py", "main.py"), ("web: python {file}",)),
    (("server.js", "app.js", "index.js", "main.js", "server.mjs", "index.mjs"), ("web: node {file}",)),
    (("go.mod", "main.go", "server.go"), ("build: go build -o server .", "web: ./server")),
    (("Server.java", "Main.java", "App.java"), ("build: javac {file}", "web: java {stem}")),
    (("pom.xml",), ("build: mvn -q package", "web: java -jar target/app.jar")),
    (("server.php", "index.php"), ("web: php {file}",)),
    (("server.rb", "app.rb", "main.rb"), ("web: ruby {file}",)),
    (("Cargo.toml",), ("build: cargo build --release", "web: ./target/release/server")),
    (("server.ts", "main.ts", "index.ts"), ("web: deno run -A {file}",)),
)
"""Files in order of likelihood, and the lines for them."""


def example_for(folder: Path) -> str:
    """Advice that shows the whole file, for the language whose files lie in `folder`."""
    lines, file = _lines_for(folder)
    for_what = f" for your {file}" if file else ", if your program is server.py"
    shown = "\n".join(f"    {line}" for line in lines)
    return f"Write a text file named `Procfile` beside your program. It could be this{for_what}:\n{shown}"


def _lines_for(folder: Path) -> tuple[list[str], str]:
    for names, lines in _EXAMPLES:
        for name in names:
            if (folder / name).is_file():
                return [line.format(file=name, stem=name.partition(".")[0]) for line in lines], name
    return ["web: python server.py"], ""
