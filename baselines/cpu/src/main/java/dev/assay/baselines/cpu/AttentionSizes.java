package dev.assay.baselines.cpu;

import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Sizes and choices of an `attention` call.
///
/// @param flat whether heads are part of the last dimension: `[batch, row, head · size]`
/// @param groups heads of keys and values
/// @param pastKeys keys that stand before the call's own
/// @param size of a query and a key
/// @param inUse keys that count, per batch; empty where all do
/// @param cap soft cap, 0 for none
/// @param stage of the scores that `qk_matmul_output` shows
record AttentionSizes(
        boolean flat,
        int batches,
        int heads,
        int groups,
        int queries,
        int pastKeys,
        int keys,
        int size,
        int valueSize,
        List<Long> inUse,
        boolean causal,
        double scale,
        double cap,
        Stage stage,
        Optional<Shape> mask) {

    /// In the order of the values of `qk_matmul_output_mode`.
    enum Stage {
        SCORES,
        CAPPED,
        BIASED,
        PROBABILITIES
    }

    static AttentionSizes of(Call call) {
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        Shape v = call.input("V").shape();
        boolean flat = q.rank() == 3;
        long heads = flat ? call.attributes().findInteger("q_num_heads").orElse(1) : q.dim(1);
        long groups = flat ? call.attributes().findInteger("kv_num_heads").orElse(1) : k.dim(1);
        long size = flat ? q.dim(2) / heads : q.dim(3);
        long past = call.hasInput("past_key") ? call.input("past_key").shape().dim(2) : 0;
        return new AttentionSizes(
                flat,
                Math.toIntExact(q.dim(0)),
                Math.toIntExact(heads),
                Math.toIntExact(groups),
                Math.toIntExact(q.dim(-2)),
                Math.toIntExact(past),
                Math.toIntExact(past + k.dim(-2)),
                Math.toIntExact(size),
                Math.toIntExact(flat ? v.dim(2) / groups : v.dim(3)),
                call.constants().getOrDefault("nonpad_kv_seqlen", List.of()),
                call.attributes().integer("is_causal") == 1,
                call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) size)),
                call.attributes().real("softcap"),
                Stage.values()[Math.toIntExact(call.attributes().integer("qk_matmul_output_mode"))],
                call.hasInput("attn_mask") ? Optional.of(call.input("attn_mask").shape()) : Optional.empty());
    }

    /// Heads of queries that share a head of keys.
    int headsPerGroup() {
        return heads / groups;
    }

    /// Number of first keys beyond which a query sees none, whatever the mask holds.
    int visibleKeys(int batch, int query) {
        long visible = keys;
        if (!inUse.isEmpty()) {
            visible = Math.min(visible, inUse.get(batch));
        }
        if (causal) {
            // Without a past, padded keys stand at the end, and the last query is the one at the last key in use.
            long before = pastKeys > 0 ? pastKeys : inUse.isEmpty() ? 0 : inUse.get(batch) - queries;
            visible = Math.min(visible, before + query + 1);
        }
        if (mask.isPresent()) {
            visible = Math.min(visible, mask.get().dim(-1));
        }
        return Math.toIntExact(Math.max(0, visible));
    }

    /// Row of a mask, counted through its leading dimensions, that holds for a query.
    static long maskRow(Shape shape, int batch, int head, int query) {
        int[] full = {batch, head, query};
        int leading = shape.rank() - 1;
        long row = 0;
        for (int axis = 0; axis < leading; axis++) {
            long dim = shape.dim(axis);
            row = row * dim + (dim == 1 ? 0 : full[3 - leading + axis]);
        }
        return row;
    }

    /// A head's matrix in a tensor with four dimensions, or with three of which the last holds the heads side by
    /// side.
    ///
    /// @param columns of the matrix
    static Matrices head(TensorSpec spec, int batch, int head, int columns) {
        long[] strides = spec.strideArray();
        boolean flat = strides.length == 3;
        long headStride = flat ? columns * strides[2] : strides[1];
        return Matrices.single(
                batch * strides[0] + head * headStride,
                spec.shape().dim(flat ? 1 : 2),
                columns,
                strides[flat ? 1 : 2],
                strides[flat ? 2 : 3]);
    }
}
