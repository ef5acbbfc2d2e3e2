package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// A key or value cache with what comes new written into it, for each sequence from its own position on.
///
/// - `past_cache` and `update` differ in the sequence dimension alone; the first one is the batch
/// - `linear`: positions must lie within the cache; `circular`: they go on at its beginning
/// - positions belong to the call: who serves requests knows them
/// - source: ONNX TensorScatter-24
public final class TensorScatter extends Movement {
    private static final List<String> MODES = List.of("linear", "circular");

    public TensorScatter() {
        super(
                "tensor_scatter",
                "TensorScatter",
                about("present[b, write_indices[b] + t] is update[b, t], the rest past_cache", "ONNX TensorScatter-24"),
                new Signature(
                        List.of(
                                Parameter.required("past_cache", "T", Signature.all(), "[batch, ..., places, ...]"),
                                Parameter.required("update", "T", Signature.all(), "[batch, ..., tokens, ...]"),
                                Parameter.optionalConstant(
                                        "write_indices", "I", Signature.only(DType.I64), "first place of each; 0")),
                        List.of(Parameter.required("present_cache", "T", Signature.all(), "like past_cache")),
                        List.of(
                                AttributeSpec.integer("axis", -2, "the sequence's dimension, not 0"),
                                new AttributeSpec(
                                        "mode",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("linear")),
                                        "linear or circular"))));
    }

    private int axis(Call call) {
        int axis = axis(
                call.attributes().integer("axis"),
                call.input("past_cache").shape().rank(),
                "attribute axis");
        if (axis == 0) {
            throw invalid("axis 0 is the batch", "attribute axis", "give the sequence's dimension");
        }
        return axis;
    }

    private static List<Long> starts(Call call) {
        int batch = Math.toIntExact(call.input("past_cache").shape().dim(0));
        return constant(call, "write_indices", Collections.nCopies(batch, 0L));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec cache = call.input("past_cache");
        Shape update = call.input("update").shape();
        int axis = axis(call);
        long places = cache.shape().dim(axis);
        if (update.rank() != cache.shape().rank()
                || update.dim(axis) > places
                || !update.with(axis, places).equals(cache.shape())) {
            throw invalid(
                    update + " into " + cache.shape(),
                    "input update",
                    "make all dimensions but " + axis + " the same, and that one no longer");
        }
        String mode = call.attributes().text("mode");
        if (!MODES.contains(mode)) {
            throw invalid("mode '" + mode + "'", "attribute mode", "use one of " + MODES);
        }
        List<Long> starts = starts(call);
        if (starts.size() != cache.shape().dim(0)) {
            throw invalid(starts.size() + " positions", "input write_indices", "give one a sequence");
        }
        for (long start : starts) {
            if (start < 0 || (mode.equals("linear") && start > places - update.dim(axis))) {
                throw invalid(
                        update.dim(axis) + " tokens from place " + start + " of " + places,
                        "input write_indices",
                        "give positions within the cache");
            }
        }
        return List.of(TensorSpec.dense(cache.dtype(), cache.shape()));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("past_cache", "update");
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor cache = inputs.get("past_cache");
        Tensor update = inputs.get("update");
        int axis = axis(call);
        long places = cache.shape().dim(axis);
        List<Long> starts = starts(call);
        boolean circular = call.attributes().text("mode").equals("circular");
        long[] strides = cache.shape().denseStrides();
        long[] steps = update.shape().denseStrides();
        return (at, origin) -> {
            long token = at[axis] - (circular ? starts.get((int) at[0]) % places : starts.get((int) at[0]));
            if (circular && token < 0) {
                token += places;
            }
            if (token >= 0 && token < update.shape().dim(axis)) {
                at[axis] = token;
                origin.element(update, number(at, steps));
            } else {
                origin.element(cache, number(at, strides));
            }
        };
    }

    /// Copies the cache.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, 2 * call.input("past_cache").byteSize());
    }
}
