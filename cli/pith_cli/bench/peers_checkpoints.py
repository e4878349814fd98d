"""Makes token classifiers with random weights and a vocabulary of their own, saved as the real ones are."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]  # only with the torch extra
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (  # type: ignore[import-not-found,unused-ignore]
    BertConfig,
    BertForTokenClassification,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForTokenClassification,
)

from pith_cli.bench.corpus import WORDS

BERT = "bert-base-multilingual-cased"
XLM_ROBERTA = "xlm-roberta-large"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äöüßéèñçàûîø的一是不了人我在有中"
_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~€£“”…。、"
_ENDINGS = ("s", "ed", "ing", "er", "ly", "ness", "ment", "tion", "able", "en", "est", "th")


@dataclass(frozen=True)
class Size:
    """How large the encoder is."""

    layers: int
    width: int
    heads: int
    # How far weights spread; wide enough that the probabilities of two words are rarely the same.
    spread: float


TINY = Size(layers=2, width=32, heads=2, spread=0.1)
BASE = Size(layers=12, width=768, heads=12, spread=0.02)


def make_checkpoint(folder: Path, kind: str, size: Size, *, seed: int = 1) -> Path:
    """Save a checkpoint below the folder; its path carries the kind, by which the library tells models apart."""
    path = folder / f"random-{size.layers}x{size.width}-{kind}"
    make_tokenizer, make_model = (_bert_tokenizer, _bert) if kind == BERT else (_xlm_tokenizer, _xlm)
    tokenizer = make_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = make_model(size, len(tokenizer))
        _spread_head(model)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def pieces() -> list[str]:
    """Return words and parts of words for a vocabulary: the plain words whole, endings to be joined to them."""
    return [*WORDS, *(word.capitalize() for word in WORDS), *_ENDINGS, "The", "the", "and", "for", "with", "from", "of"]


def _bert_tokenizer() -> Any:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = _numbered(
        [
            *special,
            *_MARKS,
            *_LETTERS,
            *(f"##{letter}" for letter in _LETTERS),
            *pieces(),
            *(f"##{end}" for end in _ENDINGS),
        ]
    )
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    )
    names = zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(names))


def _xlm_tokenizer() -> Any:
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    texts = [*special, "▁", *_MARKS, *_LETTERS, *(f"▁{piece}" for piece in pieces()), *_ENDINGS]
    scored = [(text, 0.0 if text in special else -4.0 - 0.01 * number) for number, text in enumerate(_numbered(texts))]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    names |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def _numbered(texts: Iterable[str]) -> dict[str, int]:
    return {text: number for number, text in enumerate(dict.fromkeys(texts))}


def _shape(size: Size, vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 4 * size.width,
        "initializer_range": size.spread,
        "num_labels": 2,
    }


def _bert(size: Size, vocabulary: int) -> Any:
    return BertForTokenClassification(BertConfig(**_shape(size, vocabulary)))


def _xlm(size: Size, vocabulary: int) -> Any:
    config = XLMRobertaConfig(
        **_shape(size, vocabulary), max_position_embeddings=514, type_vocab_size=1, pad_token_id=1
    )
    return XLMRobertaForTokenClassification(config)


def _spread_head(model: Any) -> None:
    """Give the head's weights the spread that makes probabilities differ from word to word, as a trained one's do."""
    torch.nn.init.normal_(model.classifier.weight, std=2.0 / model.config.hidden_size**0.5)
