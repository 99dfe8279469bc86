"""Ids of Hugging Face tokenizers for a vocabulary on stdin, or for a tokenizer.json as it is.

For a vocabulary the pre-tokenisers are as the models' tokenizer.json has them.
"""

import json
import sys

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?[{letters}]+|{digits}"
    r"| ?[^\s{letters}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def pattern(letters, digits):
    split = pre_tokenizers.Split(Regex(CL100K.format(letters=letters, digits=digits)), behavior="isolated")
    return [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]


PRE = {
    "gpt-2": [pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "smollm": [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "llama-bpe": pattern(r"\p{L}", r"\p{N}{1,3}"),
    "qwen2": pattern(r"\p{L}", r"\p{N}"),
    "qwen35": pattern(r"\p{L}\p{M}", r"\p{N}"),
}
for name, like in {"llama3": "llama-bpe", "llama-v3": "llama-bpe", "falcon3": "llama-bpe"}.items():
    PRE[name] = PRE[like]
for name in ["deepseek-r1-qwen", "megrez"]:
    PRE[name] = PRE["qwen2"]
PRE["smaug-bpe"] = pattern(r"\p{L}", r"\p{N}{1,3}")

job = json.load(sys.stdin)


def from_parts():
    vocabulary = {token: id for id, token in enumerate(job["tokens"])}
    merges = [tuple(pair.split(" ")) for pair in job["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=PRE[job["pre"]] is PRE["llama-bpe"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(PRE[job["pre"]])
    if job["nfc"]:
        tokenizer.normalizer = normalizers.NFC()
    for token, kind in zip(job["tokens"], job["types"]):
        if kind != 1:
            tokenizer.add_tokens([AddedToken(token, normalized=False, special=kind == 3)])
    return tokenizer


tokenizer = Tokenizer.from_file(job["file"]) if "file" in job else from_parts()


def encode(special):
    tokenizer.encode_special_tokens = not special
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in job["strings"]]


json.dump({"plain": encode(False), "special": encode(True)}, sys.stdout)
