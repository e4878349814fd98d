"""Turns the fp32 graph into an 8-bit one, by either of two recipes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

WORD_TABLE = "bert.embeddings.word_embeddings.weight"
POSITION_TABLE = "bert.embeddings.position_embeddings.weight"
BLOCK_SIZE = 128  # divides 384 and 1536, the two inner dimensions


def block_int8(model: onnx.ModelProto, _scratch: Path) -> onnx.ModelProto:
    """Quantise every weight matrix to int8 in blocks of 128; activations become int8 per token while running."""
    config = DefaultWeightOnlyQuantConfig(
        block_size=BLOCK_SIZE, is_symmetric=True, accuracy_level=4, bits=8, op_types_to_quantize=("MatMul",)
    )
    quantiser = MatMulNBitsQuantizer(model, algo_config=config)
    quantiser.process()
    return quantiser.model.model


def dynamic_int8(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """Quantise with quantize_dynamic, per output channel; activations become uint8 per tensor while running."""
    target = scratch / "dynamic_int8.onnx"
    quantize_dynamic(model, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    return onnx.load(target)


def dynamic_int7(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """Quantise like dynamic_int8 with one bit less, so that no 16-bit sum can overflow on a CPU without VNNI."""
    target = scratch / "dynamic_int7.onnx"
    quantize_dynamic(
        model,
        target,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    return onnx.load(target)


QUANTISERS: dict[str, Callable[[onnx.ModelProto, Path], onnx.ModelProto]] = {
    "block_int8": block_int8,
    "dynamic_int8": dynamic_int8,
    "dynamic_int7": dynamic_int7,
}


def quantise(fp32: Path, recipe: str, *, window: int) -> onnx.ModelProto:
    """Return the 8-bit model: matrices by the named recipe, the word table row by row, positions cut to the window."""
    model = QUANTISERS[recipe](onnx.load(fp32), fp32.parent)
    del model.graph.value_info[:]  # shapes noted for the uncut tables
    cut_positions(model.graph, window)
    quantise_word_table(model.graph)
    return model


def cut_positions(graph: onnx.GraphProto, window: int) -> None:
    """Drop the position rows that no text within the window can reach."""
    table = initializer(graph, POSITION_TABLE)
    rows = numpy_helper.to_array(table)[:window].copy()
    table.CopyFrom(numpy_helper.from_array(rows, POSITION_TABLE))


def quantise_word_table(graph: onnx.GraphProto) -> None:
    """Store the word table as int8 with one scale a row, and put the row back together after the look-up."""
    table = initializer(graph, WORD_TABLE)
    weights = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
    codes = np.clip(np.rint(weights / scales), -127, 127).astype(np.int8)
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(codes, "word_codes"))
    graph.initializer.append(numpy_helper.from_array(scales.astype(np.float32), "word_scales"))
    position, gather = next((i, node) for i, node in enumerate(graph.node) if WORD_TABLE in node.input)
    ids, output = gather.input[1], gather.output[0]
    graph.node.remove(gather)
    replacement = [
        helper.make_node("Gather", ["word_codes", ids], ["word_codes_of_text"], axis=0),
        helper.make_node("Cast", ["word_codes_of_text"], ["word_values_of_text"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", ["word_scales", ids], ["word_scales_of_text"], axis=0),
        helper.make_node("Mul", ["word_values_of_text", "word_scales_of_text"], [output]),
    ]
    for offset, node in enumerate(replacement):
        graph.node.insert(position + offset, node)


def initializer(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    """Return the initializer of that name, which the exported graph must have."""
    return next(tensor for tensor in graph.initializer if tensor.name == name)
