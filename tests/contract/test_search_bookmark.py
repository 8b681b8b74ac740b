"""A bookmark changes in the same moment as the index, and a bad document changes nothing."""

from dataclasses import replace

import pytest

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import IndexBusy, IndexUnavailable, NotIndexable
from tests.contract.search_on_disk import corpus, generation, in_a_child
from tests.contract.search_samples import NOISE, document, opened, text

SLUGS = {one.slug for one in NOISE}


def test_without_an_index_there_is_no_bookmark():
    for kind in ("memory", "whoosh"):
        with opened(kind) as index, pytest.raises(IndexUnavailable):
            index.bookmark()


def test_a_bookmark_stays_until_another_is_given(search_index):
    assert search_index.bookmark() == ""
    search_index.apply([document("wells", text(title="Puits"))], [], lambda: "7 é\n")
    assert search_index.bookmark() == "7 é\n"
    search_index.apply([], ["wells"])
    assert (search_index.bookmark(), set(search_index.stamps())) == ("7 é\n", SLUGS)
    # Nothing but the bookmark.
    search_index.apply([], [], lambda: "8")
    assert (search_index.bookmark(), set(search_index.stamps())) == ("8", SLUGS)
    search_index.replace_all(NOISE)
    assert search_index.bookmark() == ""
    search_index.replace_all(NOISE, lambda: "9")
    assert search_index.bookmark() == "9"


def test_it_is_asked_for_when_the_documents_were_read(search_index):
    read = []

    def documents(stamp):
        yield document("wells", text(title="Puits"), stamp=stamp)
        read.append(stamp)

    search_index.apply(documents("1"), [], lambda: str(read))
    assert search_index.bookmark() == "['1']"
    search_index.replace_all(documents("2"), lambda: str(read))
    assert search_index.bookmark() == "['1', '2']"


def test_a_document_that_cannot_be_taken_is_named_and_changes_nothing(search_index):
    search_index.apply([], [], lambda: "before")
    good, bad = document("good", text(title="Puits")), replace(NOISE[0], slug="bad", texts=None)
    for write in (
        lambda: search_index.apply([good, bad], [NOISE[0].slug], lambda: "after"),
        lambda: search_index.replace_all([good, bad], lambda: "after"),
    ):
        with pytest.raises(NotIndexable) as refusal:
            write()
        assert refusal.value.slug == "bad"
        assert (search_index.bookmark(), set(search_index.stamps())) == ("before", SLUGS)


def test_writing_the_same_bookmark_again_writes_nothing(index_on_disk, index_directory):
    index_on_disk.apply([], [], lambda: "1")
    before = generation(index_directory).name
    index_on_disk.apply(corpus(), ["unknown"], lambda: "1")
    assert generation(index_directory).name == before


def test_another_process_sees_bookmark_and_index_together(index_on_disk, index_directory):
    reader = WhooshIndex(index_directory)
    assert (reader.bookmark(), set(reader.stamps().values())) == ("1", {"1"})
    in_a_child(lambda: index_on_disk.apply(corpus("2"), [], lambda: "2"))
    assert (reader.bookmark(), set(reader.stamps().values())) == ("2", {"2"})


def test_a_writer_that_waits_too_long_does_not_take_the_index_for_broken(
    index_on_disk, index_directory
):
    impatient = WhooshIndex(index_directory, lock_timeout=0.05)
    with index_on_disk._store.writing(), pytest.raises(IndexBusy):
        impatient.apply([], [], lambda: "2")
    assert impatient.bookmark() == "1"
