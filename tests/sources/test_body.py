"""Bodies are unpacked in small pieces and decoded as leniently as is safe."""

import gzip
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.errors import BadPayload, TooLarge
from iam_job_scout.sources.body import _Gzip, decode_json

ANY: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def unpack(packed: bytes, *, step: int) -> bytes:
    gunzip = _Gzip()
    pieces = [piece for start in range(0, len(packed), step) for piece in gunzip.feed(packed[start : start + step])]
    gunzip.finish()
    return b"".join(pieces)


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_gzip_is_unpacked_however_it_arrives(body: bytes, step: int) -> None:
    assert unpack(gzip.compress(body), step=step) == body


def test_gzip_of_several_members_is_unpacked() -> None:
    assert unpack(gzip.compress(b"one ") + gzip.compress(b"two"), step=7) == b"one two"


def test_a_body_larger_than_one_piece_is_unpacked_whole() -> None:
    body = bytes(range(256)) * 4096
    assert unpack(gzip.compress(body), step=100_000) == body


def test_a_bomb_is_noticed_long_before_the_size_limit() -> None:
    gunzip, unpacked = _Gzip(), 0
    with pytest.raises(TooLarge, match="200 times"):
        for piece in gunzip.feed(gzip.compress(b" " * 50_000_000)):
            unpacked += len(piece)
    assert unpacked < 10_000_000


def test_gzip_that_stops_early_is_refused() -> None:
    with pytest.raises(BadPayload, match="too early"):
        unpack(gzip.compress(b"whole")[:-3], step=100)


def test_what_is_not_gzip_is_refused() -> None:
    with pytest.raises(zlib.error):
        unpack(b"<html>", step=100)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        (rb'{"a": "x\ud800y"}', {"a": "x�y"}),
        (rb'{"a": "x\udc00\ud800"}', {"a": "x��"}),
        (rb'{"a": "\\ud800"}', {"a": r"\ud800"}),
        (b'{"a": "x\xffy"}', {"a": "x�y"}),
        (b'{"a": "x\x01\ny"}', {"a": "x  y"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ],
)
def test_text_that_is_not_quite_unicode_is_mended(body: bytes, expected: object) -> None:
    assert decode_json(body, ANY) == expected


@pytest.mark.parametrize("body", [b"<html>", b"  <?xml version='1.0'?>", b"\xef\xbb\xbf<!doctype html>"])
def test_markup_is_called_markup(body: bytes) -> None:
    with pytest.raises(BadPayload, match="HTML or XML"):
        decode_json(body, ANY)


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"nul", b"\x00\x01", b'{"a": NaN}'])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match="not JSON"):
        decode_json(body, ANY)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(-(2**60), 2**60), st.lists, max_leaves=20))
def test_json_comes_back_as_it_was(value: object) -> None:
    assert decode_json(msgspec.json.encode(value), ANY) == value
