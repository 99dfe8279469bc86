"""
Writes test/templates/golden.json: what Python's Jinja2 makes of the chat templates and features in test/templates.

    python3 -m venv VENV && VENV/bin/pip install jinja2==3.1.6 && VENV/bin/python scripts/templates/reference.py

The environment is that of Hugging Face's Transformers: trim_blocks, lstrip_blocks, an immutable sandbox, loop controls,
`generation` blocks that print as they are, `tojson` without HTML escapes, `raise_exception`, `strftime_now`.
Every date is 26 July 2024, as ttcbench has it.

A template's 20 prompts are kept as 20 digests (SHA-256, 12 digits); one of them stands there in full, and refusals by
the template in its own words.
"""
import datetime
import hashlib
import json
from pathlib import Path

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

folder = Path(__file__).resolve().parents[2] / "test" / "templates"
date = datetime.datetime(2024, 7, 26)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_print"), [], [], body).set_lineno(line)

    def _print(self, caller):
        return caller()


class Refusal(jinja2.exceptions.TemplateError):
    """What raise_exception raises."""


def refuse(message):
    raise Refusal(message)


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.filters["tojson"] = to_json
environment.globals["raise_exception"] = refuse
environment.globals["strftime_now"] = date.strftime


def arguments_of(text):
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def messages_of(messages):
    """Messages as templates know them: arguments of calls are dicts, results carry the name of their tool."""
    names, result = {}, []
    for message in messages:
        if message["role"] == "tool":
            name = names.get(message["id"])
            named = {"name": name} if name else {}
            result.append({"role": "tool", "tool_call_id": message["id"], **named, "content": message["content"]})
        elif message.get("toolCalls"):
            calls = []
            for call in message["toolCalls"]:
                names[call["id"]] = call["name"]
                function = {"name": call["name"], "arguments": arguments_of(call["arguments"])}
                calls.append({"id": call["id"], "type": "function", "function": function})
            result.append({"role": "assistant", "content": message["content"], "tool_calls": calls})
        else:
            result.append({"role": message["role"], "content": message["content"]})
    return result


def render(template, conversation):
    variables = {
        "messages": messages_of(conversation["messages"]),
        "tools": conversation.get("tools"),
        "documents": None,
        "add_generation_prompt": True,
        "bos_token": "<s>",
        "eos_token": "</s>",
        **conversation.get("variables", {}),
    }
    try:
        return {"text": environment.from_string(template).render(**variables)}
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except Exception as error:
        return {"error": type(error).__name__}


def digest(result):
    if "text" in result:
        return hashlib.sha256(result["text"].encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return "refused: " + result["refused"] if "refused" in result else "error"


conversations = json.loads((folder / "conversations.json").read_text())
features = json.loads((folder / "features.json").read_text())
plain = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
models = {}
for index, path in enumerate(sorted((folder / "models").glob("*.jinja"))):
    results = [render(path.read_text(), conversation) for conversation in conversations]
    # one that is rendered, another one for each template
    shown = next(i % 20 for i in range(index, index + 20) if "text" in results[i % 20])
    models[path.stem] = {
        "conversation": conversations[shown]["name"],
        "prompt": results[shown]["text"].split("\n"),
        "digests": [digest(result) for result in results],
    }
golden = {
    "jinja2": jinja2.__version__,
    "models": models,
    "features": {f["name"]: render(f["template"], {"messages": plain}) for f in features},
}
(folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
print(f"{len(models)} templates, {len(conversations)} conversations, {len(features)} features")
