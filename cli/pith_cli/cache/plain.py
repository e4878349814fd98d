"""Turns a message of the wire into plain values: what `--json` prints and what the tables are made of."""

from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

_TIMESTAMP = "google.protobuf.Timestamp"


def plain(message: Any) -> dict[str, Any]:
    """Return a message as a dictionary: enums by name, times as text, what is optional and unset as None."""
    return {field.name: _field(message, field) for field in message.DESCRIPTOR.fields}


def _field(message: Any, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict(value)
    if field.is_repeated:
        return [_value(one, field) for one in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _value(value, field)


def _value(value: Any, field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return enum_name(field.enum_type, value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if field.message_type is None:
        return value
    if field.message_type.full_name == _TIMESTAMP:
        return value.ToDatetime().isoformat(timespec="seconds") + "Z"
    return plain(value)


def enum_name(enum: EnumDescriptor, value: int) -> str:
    """Return the name of an enum's value in lower case, without what all its values begin with."""
    known = enum.values_by_number
    if value not in known:
        return str(value)
    prefix = known[0].name.removesuffix("UNSPECIFIED")
    return str(known[value].name.removeprefix(prefix).lower()) if value else ""
