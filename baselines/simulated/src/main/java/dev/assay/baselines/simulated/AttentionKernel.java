package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.AttentionNumerics.EmptyRow;
import dev.assay.baselines.simulated.AttentionNumerics.Merge;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The attention kernel: for every query, scores, softmax and weighted values, in tiles of keys, in f32.
final class AttentionKernel implements SimulatedKernel {
    /// What masks add that know no infinity.
    private static final float HIDDEN = -1e30f;

    private final Chip chip;
    private final AttentionNumerics numerics;

    AttentionKernel(Chip chip, AttentionNumerics numerics) {
        this.chip = chip;
        this.numerics = numerics;
    }

    /// What a call asks for: b batches, h query heads, g key heads, s queries, t new keys after p past ones, sizes
    /// d, e.
    private record Geometry(boolean flat, int b, int h, int g, int s, int t, int p, int d, int e) {
        static Geometry of(Call call) {
            Shape q = call.input("Q").shape();
            Shape k = call.input("K").shape();
            Shape v = call.input("V").shape();
            boolean flat = q.rank() == 3;
            long h = flat ? call.attributes().integer("q_num_heads") : q.dim(1);
            long g = flat ? call.attributes().integer("kv_num_heads") : k.dim(1);
            long p = call.hasInput("past_key") ? call.input("past_key").shape().dim(2) : 0;
            return new Geometry(
                    flat,
                    Math.toIntExact(q.dim(0)),
                    Math.toIntExact(h),
                    Math.toIntExact(g),
                    Math.toIntExact(q.dim(flat ? 1 : 2)),
                    Math.toIntExact(k.dim(flat ? 1 : 2)),
                    Math.toIntExact(p),
                    Math.toIntExact(flat ? q.dim(2) / h : q.dim(3)),
                    Math.toIntExact(flat ? v.dim(2) / g : v.dim(3)));
        }

        int keys() {
            return p + t;
        }
    }

    @Override
    public void run(Call call, Arguments arguments, long launch) {
        Geometry size = Geometry.of(call);
        copyPresent(call, arguments, size);
        for (int b = 0; b < size.b(); b++) {
            for (int h = 0; h < size.h(); h++) {
                new Head(call, arguments, size, b, h).run();
            }
        }
    }

    private void copyPresent(Call call, Arguments arguments, Geometry size) {
        for (boolean key : new boolean[] {true, false}) {
            String name = key ? "present_key" : "present_value";
            if (!call.hasOutput(name)) {
                continue;
            }
            int width = key ? size.d() : size.e();
            Tensor present = arguments.output(name).tensor();
            double[] row = new double[width];
            for (int b = 0; b < size.b(); b++) {
                for (int g = 0; g < size.g(); g++) {
                    for (int j = 0; j < size.keys(); j++) {
                        int from = numerics.presentRow.of(j, size.p(), size.keys());
                        readRow(
                                arguments,
                                key ? "past_key" : "past_value",
                                key ? "K" : "V",
                                size,
                                b,
                                g,
                                from,
                                width,
                                row);
                        present.encode((((long) b * size.g() + g) * size.keys() + j) * width, width, row, 0);
                    }
                }
            }
        }
    }

    /// Row j of the past, or of what is new.
    private static void readRow(
            Arguments arguments,
            String past,
            String now,
            Geometry size,
            int b,
            int g,
            int j,
            int width,
            double[] into) {
        if (j < size.p()) {
            read(arguments.input(past), b, g, j, width, into);
        } else {
            read(arguments.input(now), b, g, j - size.p(), width, into);
        }
    }

    /// One row of one head of a 3-D or 4-D tensor.
    private static void read(Argument argument, int b, int head, int row, int width, double[] into) {
        long[] strides = argument.spec().strideArray();
        Tensor tensor = argument.tensor();
        if (strides.length == 3) {
            long position = b * strides[0] + row * strides[1] + (long) head * width * strides[2];
            tensor.decodeRun(position, strides[2], width, into, 0);
        } else {
            tensor.decodeRun(b * strides[0] + head * strides[1] + row * strides[2], strides[3], width, into, 0);
        }
    }

    /// One query head of one batch.
    private final class Head {
        private final Call call;
        private final Arguments arguments;
        private final Geometry size;
        private final int b;
        private final int h;
        private final float scale;
        private final float cap;
        private final float[][] keys;
        private final float[][] values;
        /// The keys with their dimensions exchanged, for the fast path.
        private final float[][] byDimension;

        Head(Call call, Arguments arguments, Geometry size, int b, int h) {
            this.call = call;
            this.arguments = arguments;
            this.size = size;
            this.b = b;
            this.h = h;
            double right = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) size.d()));
            this.scale = (float) numerics.scale.of(right, size.d());
            this.cap = (float) call.attributes().real("softcap");
            this.keys = rows("past_key", "K", numerics.keyHead.of(h, size.h(), size.g()), size.d());
            this.values = rows("past_value", "V", numerics.valueHead.of(h, size.h(), size.g()), size.e());
            this.byDimension = new float[size.d()][size.keys()];
            for (int j = 0; j < size.keys(); j++) {
                for (int c = 0; c < size.d(); c++) {
                    byDimension[c][j] = keys[j][c];
                }
            }
        }

        private float[][] rows(String past, String now, int g, int width) {
            float[][] rows = new float[size.keys()][width];
            double[] row = new double[width];
            for (int j = 0; j < size.keys(); j++) {
                readRow(arguments, past, now, size, b, g, j, width, row);
                for (int c = 0; c < width; c++) {
                    rows[j][c] = (float) row[c];
                }
            }
            return rows;
        }

        void run() {
            Parallel.forEach(size.s(), this::query);
        }

        private void query(int s) {
            double[] row = new double[size.d()];
            read(arguments.input("Q"), b, h, s, size.d(), row);
            float[] q = new float[size.d()];
            for (int c = 0; c < q.length; c++) {
                q[c] = (float) row[c];
            }
            if (numerics.scalesQueries) {
                scaleAll(q, scale);
            }
            float[] scores = scores(q);
            long mode = call.attributes().integer("qk_matmul_output_mode");
            if (numerics.capsFirst) {
                cap(scores);
            }
            if (!numerics.scalesQueries) {
                scaleAll(scores, scale);
            }
            write(mode == 0, s, scores);
            if (!numerics.capsFirst) {
                cap(scores);
            }
            write(mode == 1, s, scores);
            float[] bias = bias(s);
            boolean[] visible = new boolean[scores.length];
            for (int j = 0; j < scores.length; j++) {
                visible[j] = bias[j] != Float.NEGATIVE_INFINITY;
                scores[j] = visible[j] ? scores[j] + bias[j] : Float.NEGATIVE_INFINITY;
                scores[j] = visible[j] ? numerics.scoreChange.of(scores[j], j, scores.length) : scores[j];
                if (numerics.scores.isPresent()) {
                    scores[j] = (float) numerics.scores.get().round(scores[j]);
                }
            }
            write(mode == 2, s, scores);
            if (numerics.written.is(s, size.s())) {
                result(s, scores, visible, mode == 3);
            }
        }

        private void cap(float[] scores) {
            for (int j = 0; cap > 0 && j < scores.length; j++) {
                scores[j] = cap * (float) Math.tanh(scores[j] / cap);
            }
        }

        private void write(boolean wanted, int s, float[] scores) {
            if (wanted && call.hasOutput("qk_matmul_output")) {
                double[] row = new double[scores.length];
                for (int j = 0; j < row.length; j++) {
                    row[j] = scores[j];
                }
                long first = (((long) b * size.h() + h) * size.s() + s) * size.keys();
                arguments.output("qk_matmul_output").tensor().encode(first, row.length, row, 0);
            }
        }

        private float[] scores(float[] q) {
            int n = size.keys();
            float[] scores = new float[n];
            if (numerics.summation.isPresent()) {
                for (int j = 0; j < n; j++) {
                    scores[j] = numerics.summation.get().dot(q, keys[j], q.length);
                }
            } else {
                for (int c = 0; c < q.length; c++) {
                    addScaled(q[c], byDimension[c], scores);
                }
            }
            return scores;
        }

        private float[] bias(int s) {
            float[] bias = new float[size.keys()];
            if (call.hasInput("attn_mask")) {
                mask(s, bias);
            }
            List<Long> used = call.constants().get("nonpad_kv_seqlen");
            long inUse = used == null ? size.keys() : numerics.used.of(used.get(b), size.keys());
            long last = Long.MAX_VALUE;
            if (call.attributes().integer("is_causal") == 1) {
                long offset = size.p() > 0 ? size.p() : used == null ? 0 : inUse - size.s();
                last = numerics.lastKey.of(s, offset, size.s(), size.keys());
            }
            for (int j = 0; j < bias.length; j++) {
                if (j >= inUse || j > last) {
                    bias[j] = Float.NEGATIVE_INFINITY;
                }
            }
            return bias;
        }

        private void mask(int s, float[] bias) {
            Tensor mask = arguments.input("attn_mask").tensor();
            Shape shape = mask.shape();
            int[] head = numerics.maskRow.of(b, h);
            int[] at = {head[0], head[1], s};
            long row = 0;
            for (int axis = 0; axis < shape.rank() - 1; axis++) {
                row = row * shape.dim(axis) + at[4 - shape.rank() + axis] % shape.dim(axis);
            }
            int width = Math.toIntExact(shape.dim(-1));
            double[] values = new double[width];
            mask.decode(row * width, width, values, 0);
            boolean bool = mask.dtype() == DType.BOOL;
            for (int j = 0; j < bias.length; j++) {
                boolean hidden = j >= width || (bool && (values[j] == 0) != numerics.boolInverted);
                bias[j] = hidden ? Float.NEGATIVE_INFINITY : bool ? 0 : (float) values[j];
            }
        }

        private void result(int s, float[] scores, boolean[] visible, boolean wantsProbabilities) {
            boolean empty = !any(visible);
            if (empty && numerics.emptyRow == EmptyRow.MEAN) {
                Arrays.fill(visible, true);
                Arrays.fill(scores, 0);
            }
            float[] weights = new float[scores.length];
            int parts = numerics.splits.of(size.b(), scores.length);
            Part whole = parts > 1
                    ? merged(scores, visible, weights, parts)
                    : part(scores, visible, weights, 0, scores.length);
            finish(s, whole, weights, empty && numerics.emptyRow == EmptyRow.ZERO, wantsProbabilities);
        }

        /// Weighted values of some keys and their denominator, relative to a maximum.
        private static final class Part {
            final float[] sums;
            final float total;
            final float max;

            Part(float[] sums, float total, float max) {
                this.sums = sums;
                this.total = total;
                this.max = max;
            }
        }

        private Part part(float[] scores, boolean[] visible, float[] weights, int from, int to) {
            if (numerics.dividesFirst) {
                return divided(scores, visible, weights, from, to);
            }
            float[] sums = new float[size.e()];
            float max = Float.NEGATIVE_INFINITY;
            float total = 0;
            int tile = numerics.online ? numerics.keyTile : Math.max(1, to - from);
            for (int first = from; first < to; first += tile) {
                int last = Math.min(to, first + tile);
                float lowest = numerics.finiteMask ? HIDDEN : Float.NEGATIVE_INFINITY;
                float higher = Math.max(max, Math.max(lowest, maximum(scores, visible, first, last)));
                boolean none = max == Float.NEGATIVE_INFINITY;
                if (higher > max && (none || (!numerics.keepsFirstMax && higher - max > numerics.lazyRescale))) {
                    float factor = none ? 0 : numerics.exp.of(max, higher);
                    if (numerics.rescale) {
                        total *= factor;
                        scaleAll(sums, factor);
                    }
                    for (int j = from; j < first; j++) {
                        weights[j] *= factor;
                    }
                    max = higher;
                }
                float[] into = numerics.valuesInTiles ? new float[sums.length] : sums;
                for (int j = first; j < last; j++) {
                    // Nothing but minus infinities so far: their exponentials are zero, not exp(-inf + inf).
                    boolean vanishes = scores[j] == Float.NEGATIVE_INFINITY && max == Float.NEGATIVE_INFINITY;
                    if (!visible[j]) {
                        total += numerics.finiteMask ? numerics.exp.of(HIDDEN, max) : 0;
                        if (numerics.multipliesHidden) {
                            addScaled(0, values[j], into);
                        }
                    } else if (!vanishes) {
                        float p = numerics.exp.of(scores[j], max);
                        float kept = rounded(p);
                        weights[j] = p;
                        total = numerics.total.plus(total, numerics.sumOfRounded ? kept : p, j, scores.length);
                        addScaled(kept, values[j], into);
                        numerics.sums.ifPresent(type -> roundAll(into, type));
                    }
                }
                if (numerics.valuesInTiles) {
                    addScaled(1, into, sums);
                }
            }
            int phantoms = to == scores.length ? numerics.phantoms.applyAsInt(to) : 0;
            return new Part(sums, phantoms > 0 ? total + phantoms * numerics.exp.of(0, max) : total, max);
        }

        /// In three passes: the maximum, the denominator, and values weighted by probabilities that add up to 1.
        private Part divided(float[] scores, boolean[] visible, float[] weights, int from, int to) {
            float max = maximum(scores, visible, from, to);
            float total = 0;
            for (int j = from; j < to; j++) {
                weights[j] = visible[j] && max > Float.NEGATIVE_INFINITY ? numerics.exp.of(scores[j], max) : 0;
                total += weights[j];
            }
            float[] sums = new float[size.e()];
            for (int j = from; j < to; j++) {
                weights[j] /= total;
                if (visible[j]) {
                    addScaled(rounded(weights[j]), values[j], sums);
                }
            }
            return new Part(sums, 1, max);
        }

        /// Parts of the keys apart, each divided by its own denominator, then put together by their log-sum-exps.
        private Part merged(float[] scores, boolean[] visible, float[] weights, int parts) {
            int n = scores.length;
            Part[] all = new Part[parts];
            float[] logarithms = new float[parts];
            float highest = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < parts; i++) {
                all[i] = part(scores, visible, weights, n * i / parts, n * (i + 1) / parts);
                logarithms[i] = all[i].max + (float) Math.log(all[i].total);
                boolean sees = any(Arrays.copyOfRange(visible, n * i / parts, n * (i + 1) / parts));
                if (!sees) {
                    logarithms[i] = numerics.merge == Merge.STALE_EMPTY ? 0 : Float.NEGATIVE_INFINITY;
                }
                highest = Math.max(highest, logarithms[i]);
            }
            float[] sums = new float[size.e()];
            float total = 0;
            for (int i = 0; i < parts; i++) {
                if (logarithms[i] == Float.NEGATIVE_INFINITY) {
                    continue;
                }
                float weight = numerics.merge == Merge.BASE_TWO
                        ? (float) Math.pow(2, logarithms[i] - highest)
                        : numerics.exp.of(logarithms[i], highest);
                float divisor = all[i].total > 0 || Float.isNaN(all[i].total) ? all[i].total : 1;
                for (int c = 0; c < sums.length; c++) {
                    sums[c] = Math.fma(weight, all[i].sums[c] / divisor, sums[c]);
                }
                for (int j = n * i / parts; j < n * (i + 1) / parts; j++) {
                    weights[j] = weights[j] / divisor * weight;
                }
                total += weight;
            }
            return new Part(sums, total, highest);
        }

        private void finish(int s, Part whole, float[] weights, boolean empty, boolean wantsWeights) {
            double[] row = new double[size.e()];
            float inverse = 1 / whole.total;
            for (int c = 0; c < row.length; c++) {
                float sum = whole.sums[c];
                float value = empty ? 0 : numerics.reciprocal ? sum * inverse : sum / whole.total;
                // Which NaN comes of two depends on how this code was compiled.
                row[c] = Float.isNaN(value) ? Float.NaN : value;
            }
            Tensor y = arguments.output("Y").tensor();
            long first = size.flat() && !numerics.headsFirst
                    ? (((long) b * size.s() + s) * size.h() + h) * size.e()
                    : (((long) b * size.h() + h) * size.s() + s) * size.e();
            y.encode(first, row.length, row, 0);
            for (int j = 0; wantsWeights && j < weights.length; j++) {
                weights[j] = empty ? 0 : weights[j] / whole.total;
            }
            write(wantsWeights, s, weights);
        }

        private float rounded(float p) {
            Optional<DType> type = numerics.probabilities;
            return type.isPresent() ? (float) type.get().round(p) : p;
        }
    }

    private static boolean any(boolean[] flags) {
        for (boolean flag : flags) {
            if (flag) {
                return true;
            }
        }
        return false;
    }

    private static float maximum(float[] scores, boolean[] visible, int from, int to) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = from; j < to; j++) {
            max = visible[j] ? Math.max(max, scores[j]) : max;
        }
        return max;
    }

    /// Own methods, so that the compiler vectorises the loops.
    private static void addScaled(float factor, float[] values, float[] sums) {
        for (int c = 0; c < sums.length; c++) {
            sums[c] = Math.fma(factor, values[c], sums[c]);
        }
    }

    private static void roundAll(float[] values, DType type) {
        for (int c = 0; c < values.length; c++) {
            values[c] = (float) type.round(values[c]);
        }
    }

    private static void scaleAll(float[] values, float factor) {
        for (int c = 0; c < values.length; c++) {
            values[c] *= factor;
        }
    }

    /// Every tile of queries meets every tile of keys.
    @Override
    public double modelledFlops(Call call) {
        Geometry size = Geometry.of(call);
        Chip.AttentionPart part = chip.attention();
        double tiles = (double) size.b() * size.h() * Math.ceilDiv(size.s(), part.tileQ());
        double waves = Math.ceil(tiles / chip.cores());
        double keys = Math.ceilDiv(size.keys(), part.tileK()) * (double) part.tileK();
        return waves * chip.cores() * 2.0 * part.tileQ() * keys * (size.d() + size.e());
    }
}
