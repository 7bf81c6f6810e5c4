"""When a page has no items in its bytes: is the list empty, or left to a script, or is there no list at all?"""

from __future__ import annotations

import re
from enum import StrEnum

from connectors._embedded import scripts
from connectors._tree import Tree

_NONE = re.compile(
    r"暂无|暂时没有|没有(?:找到|查询到|相关|任何)|无相关|(?:正在|在)?建设中|正在建设|(?:共|总计)\s*0\s*[条页篇]|栏目内容(?:更新|维护)中|敬请期待"
)
_TEMPLATE = re.compile(r"\{\{[^{}]{1,200}\}\}|\bv-for\s*=|\bng-repeat\s*=|<%=|\{@each\b")
_CALLS = re.compile(
    r"\$\.(?:ajax|get|post|getJSON)\s*\(|axios\s*[.(]|\bfetch\s*\(|XMLHttpRequest|dataproxy\.jsp|createApp\(|new\s+Vue\s*\("
)
_MOUNT = re.compile(r"(?:^|\s)(?:app|root|__next|__nuxt)(?:$|\s)")
_LISTS = frozenset({"ul", "ol", "tbody", "dl"})
_LIST_WORDS = re.compile(r"(?:^|[\s_-])\w*(?:list|news|liebiao|lb)\w*(?:$|[\s_-])")
_GONE = re.compile(r"(?:页面|网页|栏目|内容|文件)(?:不存在|已(?:被)?删除|找不到)|404\s*not\s*found", re.IGNORECASE)
_SHORT = 60
_BRIEF = 40_000  # a page that long is no error page


class Empty(StrEnum):
    """Why a page shows no items."""

    EMPTY = "empty"  # the page says so, or its list has nothing in it
    SCRIPT = "script"  # a script fills it
    NONE = "no_list"  # nothing that looks like a list


def why_empty(tree: Tree, text: str) -> Empty:
    """Which of the three it is. In doubt a script: unknown accuses nobody."""
    if _TEMPLATE.search(text[:2_000_000]):
        return Empty.SCRIPT
    if says_empty(tree):
        return Empty.EMPTY
    if any(_CALLS.search(script) for script in scripts(text)) or _mounts(tree):
        return Empty.SCRIPT
    return Empty.EMPTY if _hollow(tree) else Empty.NONE


def gone(text: str) -> bool:
    """Whether a page that answers 200 says that it is not there."""
    return len(text) <= _BRIEF and bool(_GONE.search(text))


def says_empty(tree: Tree) -> bool:
    """Whether a short text of the page says that there is nothing, or that it is being built."""
    return any(len(text) <= _SHORT and _NONE.search(text) for text in tree.texts.values())


def _mounts(tree: Tree) -> bool:
    """Whether an application's empty mounting point is there."""
    return any(
        words and _MOUNT.search(words) and not tree.text(node, 40)
        for node, words in enumerate(tree.words)
        if tree.tags[node] == "div" and tree.ends[node] - node < 10
    )


def _hollow(tree: Tree) -> bool:
    """Whether a list's element is there with nothing in it."""
    for node, tag in enumerate(tree.tags):
        if tree.ends[node] == node and (tag in _LISTS or (tag == "div" and _LIST_WORDS.search(tree.words[node]))):
            return True
    return False
