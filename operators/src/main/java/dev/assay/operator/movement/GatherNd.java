package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Slices of a tensor, each picked by a tuple of indices, the last dimension of `indices`.
///
/// - the first `batch_dims` dimensions are common to both, and tuples begin behind them
/// - negative indices count from the end; what comes of those out of range is open, ONNX calls it an error
/// - source: ONNX GatherND-13
public final class GatherNd extends Movement {
    public GatherNd() {
        super(
                "gather_nd",
                "GatherND",
                about("slices of the data, by tuples of indices", "ONNX GatherND-13"),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "one or more dimensions"),
                                Parameter.required(
                                        "indices",
                                        "Tind",
                                        Signature.only(DType.I64),
                                        "[..., k], k from 1 to what is left of the dimensions")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the slices")),
                        List.of(AttributeSpec.integer("batch_dims", 0, "dimensions that both have in common"))));
    }

    private int batch(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        long batch = call.attributes().integer("batch_dims");
        if (data.rank() < 1 || indices.rank() < 1 || batch < 0 || batch >= Math.min(data.rank(), indices.rank())) {
            throw invalid(
                    "batch_dims " + batch + " of " + data + " and " + indices,
                    "attribute batch_dims",
                    "give fewer than both have dimensions");
        }
        return (int) batch;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int batch = batch(call);
        long tuple = indices.dim(-1);
        boolean common = data.slice(0, batch).equals(indices.slice(0, batch));
        if (!common || tuple < 1 || tuple > data.rank() - batch) {
            throw invalid(
                    "indices " + indices + " into " + data,
                    "input indices",
                    "give tuples of 1 to " + (data.rank() - batch) + ", and the same first dimensions");
        }
        Shape picked = data.slice(batch, batch + (int) tuple);
        Shape shape = indices.slice(0, indices.rank() - 1).concat(data.slice(batch + (int) tuple, data.rank()));
        if (picked.isEmpty() && !indices.isEmpty()) {
            throw invalid("indices into " + data, "input indices", "give data to pick from");
        }
        return List.of(TensorSpec.dense(call.input("data").dtype(), shape));
    }

    @Override
    protected Fill places(Call call, String input) {
        Shape data = call.input("data").shape();
        int batch = batch(call);
        return Places.tuples(
                data.slice(batch, batch + (int) call.input("indices").shape().dim(-1)), false);
    }

    /// Reads what it writes, and the indices.
    @Override
    public Cost cost(Call call) {
        return new Cost(
                0,
                2 * outputs(call).getFirst().byteSize() + call.input("indices").byteSize());
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        Tensor indices = inputs.get("indices");
        int batch = batch(call);
        int tuple = (int) indices.shape().dim(-1);
        int outer = indices.shape().rank() - 1;
        long[] strides = data.shape().denseStrides();
        long[] steps = indices.shape().denseStrides();
        return (at, origin) -> {
            long first = 0;
            for (int i = 0; i < outer; i++) {
                first += at[i] * steps[i];
            }
            long number = 0;
            boolean inside = true;
            for (int i = 0; i < strides.length; i++) {
                long place;
                if (i < batch) {
                    place = at[i];
                } else if (i < batch + tuple) {
                    place = index(indices, first + i - batch, data.shape().dim(i));
                    inside &= place >= 0;
                } else {
                    place = at[outer + i - batch - tuple];
                }
                number += place * strides[i];
            }
            if (inside) {
                origin.element(data, number);
            } else {
                origin.open();
            }
        };
    }
}
