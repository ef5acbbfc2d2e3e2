package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Rows of a table, one for each token.
///
/// - `table` is `[V, h]`, `ids` has any shape; ids count from 0, those out of range are an error
/// - source: torch.nn.functional.embedding, PyTorch 2.9
public final class Embedding extends Movement {
    public Embedding() {
        super(
                "embedding",
                "",
                about("row ids[t] of the table for each token t", "torch.nn.functional.embedding, PyTorch 2.9"),
                new Signature(
                        List.of(
                                Parameter.required("table", "T", Signature.all(), "[V, h]"),
                                Parameter.required(
                                        "ids", "I", Signature.only(DType.I32, DType.I64), "tokens, from 0 to V - 1")),
                        List.of(Parameter.required("embedded", "T", Signature.all(), "[..., h]")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec table = call.input("table");
        Shape ids = call.input("ids").shape();
        if (table.shape().rank() != 2 || (table.shape().dim(0) == 0 && !ids.isEmpty())) {
            throw invalid("table " + table.shape(), "input table", "give [V, h], V from 1");
        }
        return List.of(TensorSpec.dense(table.dtype(), ids.concat(table.shape().slice(1, 2))));
    }

    @Override
    protected Fill places(Call call, String input) {
        return wholeNumbers(0, Math.max(0, call.input("table").shape().dim(0) - 1));
    }

    /// Reads what it writes, and the indices.
    @Override
    public Cost cost(Call call) {
        return new Cost(
                0, 2 * outputs(call).getFirst().byteSize() + call.input("ids").byteSize());
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor table = inputs.get("table");
        Tensor ids = inputs.get("ids");
        long rows = table.shape().dim(0);
        long width = table.shape().dim(1);
        long[] steps = ids.shape().denseStrides();
        return (at, origin) -> {
            long row = (long) ids.get(number(at, steps));
            if (row < 0 || row >= rows) {
                origin.open();
            } else {
                origin.element(table, row * width + at[at.length - 1]);
            }
        };
    }
}
