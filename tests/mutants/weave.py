"""Weaves every mutant that cargo-mutants lists into one copy of the source, each behind a switch.

A mutant is `crate::mutant(N)`: chosen at the start of the program, so that one build serves them all.
What a mutant changes is written beside what was there: `if crate::mutant(7) { a != b } else { a == b }`.
Mutants that do not compile are found by their lines and left out, until the rest compiles.

    weave.py TREE LIST KEPT     TREE is a copy of the project, LIST the JSON of `cargo mutants --list`;
                                KEPT is written: one line of JSON a mutant that compiled
"""

import json
import pathlib
import subprocess
import sys

import tree_sitter
import tree_sitter_rust

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))

SWITCH = '''
/// Whether this mutant is chosen: the number in the file `mutant` beside the program. In a recording (`mutant.seen`
/// is there) every number that is asked for is written down once.
#[doc(hidden)]
pub fn mutant(number: u32) -> bool {
    use std::io::Write as _;
    use std::sync::{Mutex, OnceLock};
    static CHOSEN: OnceLock<(u32, Option<std::path::PathBuf>)> = OnceLock::new();
    static SEEN: Mutex<Vec<bool>> = Mutex::new(Vec::new());
    let (chosen, seen) = CHOSEN.get_or_init(|| {
        let folder = std::env::current_exe().ok().and_then(|path| path.parent().map(|path| path.to_owned()));
        let folder = folder.unwrap_or_default();
        let chosen = std::fs::read_to_string(folder.join("mutant")).unwrap_or_default();
        let seen = folder.join("mutant.seen");
        (chosen.trim().parse().unwrap_or(0), seen.exists().then_some(seen))
    });
    if let Some(path) = seen {
        let mut known = SEEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let place = number as usize;
        if known.len() <= place {
            known.resize(place + 1, false);
        }
        if !known[place] {
            known[place] = true;
            if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(path) {
                let _ = file.write_all(format!("{number}\\n").as_bytes());
            }
        }
    }
    *chosen == number
}
'''


class Weaver:
    """One file: its text, its tree, and the mutants by the node that they change."""

    def __init__(self, text, mutants):
        self.text = text.encode()
        self.lines = [0]
        for line in self.text.split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.root = PARSER.parse(self.text).root_node
        self.by_node = {}
        self.untried = []
        for mutant in mutants:
            place = self.place(mutant)
            if place is None:
                self.untried.append(mutant)
            else:
                node, kind = place
                self.by_node.setdefault((node.start_byte, node.end_byte, node.type), []).append((kind, mutant))

    def offset(self, place):
        start = self.lines[place["line"] - 1]
        line = self.text[start:self.lines[place["line"]] - 1].decode()
        return start + len(line[:place["column"] - 1].encode())

    def smallest(self, start, end, types):
        node = self.root.descendant_for_byte_range(start, end)
        while node is not None and node.type not in types:
            node = node.parent
        return node

    def place(self, mutant):
        """The node to change, and how."""
        start, end = self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])
        genre = mutant["genre"]
        if genre == "FnValue":
            node = self.smallest(start, end, ["function_item"])
            body = node and node.child_by_field_name("body")
            return body and (body, "body")
        if genre == "BinaryOperator":
            node = self.smallest(start, end, ["binary_expression", "compound_assignment_expr"])
            while node is not None:
                operator = node.child_by_field_name("operator")
                if operator is not None and operator.start_byte == start:
                    return node, "assignment" if node.type != "binary_expression" else "binary"
                node = self.smallest(start, end, []) if node.parent is None else node.parent
                while node is not None and node.type not in ("binary_expression", "compound_assignment_expr"):
                    node = node.parent
            return None
        if genre == "UnaryOperator":
            node = self.smallest(start, end, ["unary_expression"])
            return node and (node, "unary")
        if genre == "MatchArm":
            node = self.smallest(start, end, ["match_arm"])
            return node and (node, "arm")
        if genre == "MatchArmGuard":
            node = self.smallest(start, end, ["match_pattern"])
            guard = node and node.child_by_field_name("condition")
            if guard is not None and guard.type not in ("let_condition", "let_chain"):
                return guard, "guard"
        if genre == "StructField":
            node = self.smallest(start, end, ["field_initializer", "shorthand_field_initializer"])
            rest = [child for child in node.parent.children if child.type == "base_field_initializer"] if node else []
            if rest:
                return node, "field"
        return None

    def raw(self, node):
        return self.text[node.start_byte:node.end_byte].decode()

    def render(self, node):
        """The node's text with its mutants; other branches hold what stood there, unwoven."""
        pieces, at = [], node.start_byte
        mutants = self.by_node.get((node.start_byte, node.end_byte, node.type), [])
        kinds = {kind for kind, _ in mutants}
        if node.type == "match_arm" and "arm" in kinds:
            return self.arm(node, mutants)
        for child in node.children:
            pieces.append(self.text[at:child.start_byte].decode())
            pieces.append(self.render(child))
            at = child.end_byte
        pieces.append(self.text[at:node.end_byte].decode())
        woven = "".join(pieces)
        if not mutants:
            return woven
        if "body" in kinds:
            switches = "".join(
                f"\nif crate::mutant({m['number']}) {{ return {m['replacement']}; }}\n" for _, m in mutants)
            return "{" + switches + woven[1:]
        if "field" in kinds:
            # Without the member, the value behind `..` gives it.
            (_, mutant), = mutants
            name, _, value = woven.partition(":")
            rest = [child for child in node.parent.children if child.type == "base_field_initializer"][0]
            given = f"({self.raw(rest).removeprefix('..')}).{name.strip()}"
            return f"{name}: (\nif crate::mutant({mutant['number']}) {{ {given} }}\nelse {{ {value or name} }}\n)"
        chain = ""
        for kind, mutant in mutants:
            changed = self.changed(node, kind, mutant)
            chain += f"\nif crate::mutant({mutant['number']}) {{ {changed} }}\nelse "
        statement = "assignment" in kinds
        return f"{chain}{{ {woven} }}\n" if statement else f"({chain}{{ {woven} }}\n)"

    def changed(self, node, kind, mutant):
        if kind in ("binary", "assignment"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return f"{self.raw(left)} {mutant['replacement']} {self.raw(right)}"
        if kind == "unary":
            return self.raw(node)[1:]
        return mutant["replacement"]

    def arm(self, node, mutants):
        pattern = node.child_by_field_name("pattern")
        guard = pattern.child_by_field_name("condition")
        numbers = " && ".join(f"!crate::mutant({m['number']})" for _, m in mutants)
        first = pattern.children[0]
        head = self.text[pattern.start_byte:(guard.prev_sibling.start_byte if guard else pattern.end_byte)].decode()
        del first
        condition = f"{numbers} && ({self.render(guard)})" if guard else numbers
        rest, at = [], pattern.end_byte
        for child in node.children:
            if child.start_byte < pattern.end_byte:
                continue
            rest.append(self.text[at:child.start_byte].decode())
            rest.append(self.render(child))
            at = child.end_byte
        return f"{head}\nif {condition}\n" + "".join(rest)


def weave(tree, originals, mutants):
    by_file = {}
    for mutant in mutants:
        by_file.setdefault(mutant["file"], []).append(mutant)
    untried = []
    for file, text in originals.items():
        weaver = Weaver(text, by_file.get(file, []))
        untried += weaver.untried
        woven = weaver.render(weaver.root)
        # The root's own first bytes (a BOM, blanks) stand before its first child.
        (tree / file).write_text(text[:weaver.root.start_byte] + woven)
    return untried


def broken(tree):
    """Places of errors: (file, line)."""
    command = ["cargo", "check", "--lib", "--message-format=json", "--quiet", "--offline"]
    told = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    places, count = set(), 0
    for line in told.stdout.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") != "error":
            continue
        count += 1
        for span in message.get("spans", []):
            # A span may also lie in the standard library, which is not woven.
            if (span["is_primary"] or span.get("label")) and not pathlib.Path(span["file_name"]).is_absolute():
                for at in range(span["line_start"], span["line_end"] + 1):
                    places.add((span["file_name"], at))
    if told.returncode and not count:
        sys.exit(told.stderr[-3000:])
    return places


def main(tree, listed, kept):
    tree = pathlib.Path(tree)
    mutants = json.loads(pathlib.Path(listed).read_text())
    for number, mutant in enumerate(mutants, 1):
        mutant["number"] = number
    originals = {file: (tree / file).read_text() for file in sorted({mutant["file"] for mutant in mutants})}
    lib = tree / "src/lib.rs"
    lib.write_text(lib.read_text().replace("#![forbid(unsafe_code)]", "#![allow(warnings, clippy::all, arithmetic_overflow, unconditional_panic)]") + SWITCH)
    untried, left_out = [], []
    for _ in range(40):
        untried = weave(tree, originals, mutants)
        places = broken(tree)
        if not places:
            break
        guilty = set()
        for file, line in places:
            lines = (tree / file).read_text().splitlines()
            for at in (line, line - 1, line + 1):
                text = lines[at - 1] if 0 < at <= len(lines) else ""
                found = [int(part.split(")")[0]) for part in text.split("crate::mutant(")[1:]]
                if found:
                    guilty.update(found)
                    break
        if not guilty:
            # A body that returns `impl Trait` fits none of its mutants: the error lies below them.
            for file, line in places:
                lines = (tree / file).read_text().splitlines()[max(0, line - 30):line]
                above = [part for text in lines for part in text.split("crate::mutant(")[1:]]
                guilty.update(int(part.split(")")[0]) for part in above[-1:])
        if not guilty:
            # A `match` that no longer covers everything is reported at its head: the arms lie below.
            for file, line in places:
                below = (tree / file).read_text().splitlines()[line:line + 30]
                parts = next((text.split("crate::mutant(")[1:] for text in below if "crate::mutant(" in text), [])
                guilty.update(int(part.split(")")[0]) for part in parts)
        if not guilty:
            sys.exit(f"errors that no mutant's line explains: {sorted(places)[:5]}")
        left_out += [mutant for mutant in mutants if mutant["number"] in guilty]
        mutants = [mutant for mutant in mutants if mutant["number"] not in guilty]
        print(f"weave: {len(guilty)} do not compile, {len(mutants)} left", file=sys.stderr)
    untried_numbers = {mutant["number"] for mutant in untried}
    with open(kept, "w", encoding="utf-8") as file:
        for mutant in mutants:
            if mutant["number"] not in untried_numbers:
                file.write(json.dumps(mutant) + "\n")
    with open(f"{kept}.left", "w", encoding="utf-8") as file:
        for kind, some in (("does not compile", left_out), ("not woven", untried)):
            for mutant in some:
                file.write(f"{kind}\t{mutant['name']}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
