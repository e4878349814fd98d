"""The trained network as an 8-bit ONNX file, checked against torch before it is written."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from keep_network import WINDOW, KeepNetwork
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor, nn

Window = tuple[NDArray[np.int64], NDArray[np.float32]]
_TABLE = "table.weight"


class Exported(nn.Module):
    """The network with what depends on the id alone folded into the table."""

    def __init__(self, network: KeepNetwork) -> None:
        super().__init__()
        rows = network.table.weight + network.of_rarity(network.rarity.unsqueeze(-1))
        self.table = nn.Embedding.from_pretrained(rows.detach())
        self.of_features, self.mixers = network.of_features, network.mixers
        self.norm, self.head = network.norm, network.head

    def forward(self, ids: Tensor, features: Tensor) -> Tensor:
        """Return one logit a piece."""
        states = self.table(ids) + self.of_features(features)
        return self.head(self.norm(self.mixers(states))).squeeze(-1)


def export(network: KeepNetwork, target: Path) -> None:
    """Write the fp32 graph by torch.export; the older TorchScript exporter is not used."""
    model = Exported(network).eval()
    ids = torch.randint(1000, 20000, (2, 24), generator=torch.Generator().manual_seed(0))
    features = torch.zeros(2, 24, network.of_features.in_features)
    axes = {0: torch.export.Dim("windows", min=1, max=64), 1: torch.export.Dim("pieces", min=2, max=WINDOW)}
    program = torch.onnx.export(
        model,
        (ids, features),
        dynamo=True,
        input_names=["ids", "features"],
        output_names=["logits"],
        dynamic_shapes=(axes, axes),
        external_data=False,
        verbose=False,
    )
    program.save(target)
    onnx.save(_without_traces(onnx.load(target)), target)


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove stack traces and other exporter notes, which hold paths of the exporting machine."""
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    onnx.checker.check_model(model)
    return model


class _Windows(CalibrationDataReader):
    """Hands the quantiser real windows, so that every activation gets a fixed scale."""

    def __init__(self, windows: list[Window]) -> None:
        self._rows = iter([{"ids": ids[None], "features": features[None]} for ids, features in windows])

    def get_next(self) -> dict[str, NDArray[np.generic]] | None:
        """Return the next window, or None after the last."""
        return next(self._rows, None)


def quantise(fp32: Path, target: Path, windows: list[Window]) -> None:
    """Make the weights of the matrices and the table 8-bit; activations get one fixed scale each.

    Fixed scales keep every window independent of those that it is computed with. Seven bits of the weights are
    used, so that no sum overflows on a CPU without VNNI.
    """
    quantize_static(
        fp32,
        target,
        _Windows(windows),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=_without_weights(fp32),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"OpTypesToExcludeOutputQuantization": ["MatMul"]},
    )
    model = onnx.load(target)
    _quantise_table(model.graph)
    onnx.save(_without_traces(model), target)


def _without_weights(fp32: Path) -> list[str]:
    """Name the products of two activations, inside the attention: they stay fp32."""
    graph = onnx.load(fp32).graph
    weights = {tensor.name for tensor in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and node.input[1] not in weights]


def _quantise_table(graph: onnx.GraphProto) -> None:
    """Store the table as int8 with one scale a row, and put the row back together after the look-up."""
    table = next(tensor for tensor in graph.initializer if tensor.name == _TABLE)
    rows = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
    codes = np.clip(np.rint(rows / scales), -127, 127).astype(np.int8)
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(codes, "table_codes"))
    graph.initializer.append(numpy_helper.from_array(scales.astype(np.float32), "table_scales"))
    position, gather = next((i, node) for i, node in enumerate(graph.node) if _TABLE in node.input)
    ids, output = gather.input[1], gather.output[0]
    graph.node.remove(gather)
    replacement = [
        helper.make_node("Gather", ["table_codes", ids], ["codes_of_text"], axis=0),
        helper.make_node("Cast", ["codes_of_text"], ["values_of_text"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", ["table_scales", ids], ["scales_of_text"], axis=0),
        helper.make_node("Mul", ["values_of_text", "scales_of_text"], [output]),
    ]
    for offset, node in enumerate(replacement):
        graph.node.insert(position + offset, node)


def logits_of(file: Path, windows: list[Window]) -> list[NDArray[np.float32]]:
    """Run an ONNX file over windows, one at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return [session.run(None, {"ids": ids[None], "features": features[None]})[0][0] for ids, features in windows]


def torch_logits(network: KeepNetwork, windows: list[Window]) -> list[NDArray[np.float32]]:
    """Run the network itself over the same windows."""
    network.eval()
    with torch.no_grad():
        return [
            network(torch.from_numpy(ids[None]), torch.from_numpy(features[None]))[0].numpy()
            for ids, features in windows
        ]
