"""A small byte-level BPE tokenizer in the form peers load, so that they need no hub. Usage: make-tokenizer.py FOLDER"""
import random
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

words = (
    "the of and to in is it for on with as at by from this that an order account customer case field value record name "
    "date total region product support agent policy rule step check first next after before because result answer list "
    "count average open closed new old high low small large token about thirty characters cache works why helps plain"
).split()
random.seed(1)
texts = [" ".join(random.choices(words, k=200)) for _ in range(300)]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
special = ["<s>", "</s>", "<pad>"]
trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special, initial_alphabet=alphabet)
tokenizer.train_from_iterator(texts, trainer)
template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=template
).save_pretrained(sys.argv[1])
