"""Lines of a TOML source are found for all that TOML can write."""

import json
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.content.toml_lines import key_lines

EVERYTHING = '''\
# a comment = 1
first = "a # no comment"  # a comment
'quoted key' = 1
"key\\u0041" = 2
a.b . c = [1, 2,
  # in between
  3,
]

[table] # [no.header]
text = """
[no.header]
no = "key"
""""
raw = \'\'\'
it's no = 1
\'\'\'
when = 1979-05-27 07:32:00
inline = { x = 1, y = [ { z = 2 } ] }

[[list]]
name = "one"
[list.inner]
deep = true
[[list]]
name = "two"
[[list.sub]]
s = 1
[[list.sub]]
s = 2
'''


def line_of(words: str) -> int:
    return EVERYTHING[: EVERYTHING.index(words)].count("\n") + 1


def test_every_key_table_and_item_has_its_line():
    tomllib.loads(EVERYTHING)
    lines = key_lines(EVERYTHING)
    assert lines[("first",)] == line_of("first =")
    assert lines[("quoted key",)] == line_of("'quoted")
    assert lines[("keyA",)] == line_of('"key')
    assert lines[("a", "b", "c")] == line_of("a.b")
    assert lines[("a", "b", "c", 1)] == line_of("a.b")
    assert lines[("a", "b", "c", 2)] == line_of("  3,")
    assert lines[("table",)] == line_of("[table]")
    assert lines[("table", "raw")] == line_of("raw =")
    assert lines[("table", "when")] == line_of("when =")
    assert lines[("table", "inline", "y", 0, "z")] == line_of("inline =")
    assert lines[("list", 0, "inner", "deep")] == line_of("deep")
    assert lines[("list", 1, "name")] == line_of('name = "two"')
    assert lines[("list", 1, "sub", 1, "s")] == line_of("s = 2")
    assert ("table", "no") not in lines


def test_windows_line_ends_count_as_one():
    assert key_lines("a = 1\r\n\r\nb = [\r\n 1,\r\n 2]\r\n")[("b", 1)] == 5


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("abcXYZ-_09", min_size=1),
            st.one_of(
                st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f")),
                st.lists(st.text("[]{}#\"'= ,")),
                st.integers(-9, 9),
                st.booleans(),
            ),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_whatever_the_values_hold_keys_stay_on_their_lines(pairs):
    source = "".join(f"{key} = {json.dumps(value, ensure_ascii=True)}\n# [x]\n" for key, value in pairs)
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:  # JSON writes astral characters as two surrogates, which TOML does not take
        source = "".join(f"{key} = {json.dumps('astral')}\n# [x]\n" for key, _ in pairs)
    lines = key_lines(source)
    assert [lines[(key,)] for key, _ in pairs] == [2 * i + 1 for i in range(len(pairs))]
