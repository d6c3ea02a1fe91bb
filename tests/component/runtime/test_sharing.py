"""Equal texts become one object, and strangers' texts do not pile up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.sharing import SharedTexts


@given(st.lists(st.text(max_size=2)), st.integers(1, 5))
def test_a_text_is_shared_by_what_it_says_and_few_are_kept(texts: list[str], most: int) -> None:
    shared = SharedTexts(most)
    for text in texts:
        again = "".join(list(text))
        assert shared.share(again) == text
        assert shared.share("".join(list(text))) is shared.share(text)
        assert len(shared) <= most
