package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/// Wrong readings of an attention call.
///
/// Borders are moved by writing the whole mask out: bias of every query and key, in place of mask, causality and
/// padding. Head mappings are written out as one key head for each query head.
final class AttentionReadings {
    private static final String MASK = "mask";
    private static final String SCALE = "scale";
    private static final String HEADS = "head-mapping";
    /// Elements of a mask that is written out.
    private static final long MOST_MASK = 1 << 22;

    private final Call call;
    private final Inputs inputs;
    private final Rereading right;
    private final boolean flat;
    private final long b;
    private final long h;
    private final long g;
    private final int s;
    private final int keys;
    private final int past;
    private final int d;
    private final List<Misreading> all = new ArrayList<>();

    AttentionReadings(Call call, Inputs inputs) {
        this.call = call;
        this.inputs = inputs;
        this.right = Rereading.of(call, inputs);
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        this.flat = q.rank() == 3;
        this.b = q.dim(0);
        this.h = flat ? call.attributes().integer("q_num_heads") : q.dim(1);
        this.g = flat ? call.attributes().integer("kv_num_heads") : k.dim(1);
        this.s = Math.toIntExact(q.dim(flat ? 1 : 2));
        this.past = call.hasInput("past_key")
                ? Math.toIntExact(call.input("past_key").shape().dim(2))
                : 0;
        this.keys = past + Math.toIntExact(k.dim(flat ? 1 : 2));
        this.d = Math.toIntExact(flat ? q.dim(2) / h : q.dim(3));
    }

    List<Misreading> all() {
        if (b * h * s * keys == 0) {
            return all;
        }
        if (b * h * s * keys <= MOST_MASK) {
            masks();
        }
        scales();
        if (g > 1 || h > 1) {
            heads();
        }
        tails();
        narrowed();
        return all;
    }

    private boolean causal() {
        return call.attributes().integer("is_causal") == 1;
    }

    private long used(long batch) {
        List<Long> lengths = call.constants().get("nonpad_kv_seqlen");
        return lengths == null ? keys : lengths.get((int) batch);
    }

    private long offset(long batch) {
        return past > 0 ? past : call.constants().containsKey("nonpad_kv_seqlen") ? used(batch) - s : 0;
    }

    /// Bias of a query over the keys, without causality and padding.
    private double[] given(long batch, long head, int query) {
        double[] row = new double[keys];
        if (call.hasInput("attn_mask")) {
            Rereading plain = right.attribute("is_causal", new Attribute.Int(0)).without("nonpad_kv_seqlen");
            Misreading only = plain.as(MASK, "");
            Attention.bias(only.call(), only.inputs(), batch, head, query, row);
        }
        return row;
    }

    /// A border of what a query sees.
    private interface Border {
        /// Keys from here on are hidden.
        long end(long batch, int query);
    }

    private interface Rows {
        double[] of(long batch, long head, int query);
    }

    private static final double HIDDEN = Double.NEGATIVE_INFINITY;

    private void add(String cause, String sentence, Rows rows) {
        DType type = call.input("Q").dtype();
        Rereading plain = right.attribute("is_causal", new Attribute.Int(0)).without("nonpad_kv_seqlen");
        double[][] lines = new double[Math.toIntExact(b * h * s)][];
        for (int line = 0; line < lines.length; line++) {
            int query = line % s;
            lines[line] = rows.of(line / s / h, line / s % h, query);
        }
        all.add(plain.input("attn_mask", type, Shape.of(b, h, s, keys), n -> lines[(int) (n / keys)][(int) (n % keys)])
                .as(cause, sentence));
    }

    private void border(String sentence, Rows mask, Border border) {
        add(MASK, sentence, (batch, head, query) -> {
            double[] row = mask.of(batch, head, query);
            long end = border.end(batch, query);
            for (int j = Math.clamp(end, 0, keys); j < keys; j++) {
                row[j] = HIDDEN;
            }
            return row;
        });
    }

    private long end(long batch, int query) {
        return causal() ? Math.min(used(batch), query + offset(batch) + 1) : used(batch);
    }

    /// Where a query's keys end if another length is read for the sequence.
    ///
    /// @param border whether the causal border goes by that length too
    private long read(long length, boolean border, long batch, int query) {
        if (!causal()) {
            return length;
        }
        long by = border && past == 0 ? length - s : offset(batch);
        return Math.min(length, query + by + 1);
    }

    private void masks() {
        Rows mask = this::given;
        if (causal()) {
            border(
                    "the causal mask lets a query see one key too many",
                    mask,
                    (n, i) -> Math.min(used(n), end(n, i) + 1));
            border("the causal mask hides the query's own key", mask, (n, i) -> Math.min(used(n), i + offset(n)));
            border("the causal mask is ignored", mask, (n, i) -> used(n));
            border(
                    "the causal border ends in the lower right corner",
                    mask,
                    (n, i) -> Math.min(used(n), i + 1L + used(n) - s));
            border(
                    "the causal border ends in the lower right corner of the padded keys",
                    mask,
                    (n, i) -> Math.min(used(n), i + 1L + keys - s));
            border("the causal border starts in the upper left corner", mask, (n, i) -> Math.min(used(n), i + 1L));
            border("the causal border starts one key late", mask, (n, i) -> Math.min(used(n), end(n, i) + 2));
            border("the causal border starts one key early", mask, (n, i) -> end(n, i) - 2);
            for (int tile = 4; tile <= 128; tile *= 2) {
                int size = tile;
                border(
                        "the causal border is rounded up to tiles of " + tile + " keys",
                        mask,
                        (n, i) -> Math.min(used(n), Math.ceilDiv(end(n, i), (long) size) * size));
                border(
                        "the causal border is rounded down to tiles of " + tile + " keys",
                        mask,
                        (n, i) -> end(n, i) / size * size);
                border(
                        "the causal border is that of the last query of tiles of " + tile,
                        mask,
                        (n, i) -> Math.min(used(n), end(n, Math.min(s - 1, i / size * size + size - 1))));
            }
            add(MASK, "queries see later keys instead of earlier ones", (n, head, i) -> {
                double[] row = given(n, head, i);
                for (int j = 0; j < keys; j++) {
                    row[j] = j < end(n, i) - 1 || j >= used(n) ? HIDDEN : row[j];
                }
                return row;
            });
        }
        for (int tile = 4; tile <= 128; tile *= 2) {
            int size = tile;
            if (keys % tile != 0 && keys > tile) {
                border(
                        "keys behind the last whole tile of " + tile + " are left out",
                        mask,
                        (n, i) -> Math.min(end(n, i), (long) keys / size * size));
            }
        }
        if (keys > 1) {
            border("the last key is left out", mask, (n, i) -> Math.min(end(n, i), used(n) - 1));
            add(MASK, "the first key is left out", (n, head, i) -> {
                double[] row = given(n, head, i);
                row[0] = HIDDEN;
                for (int j = Math.clamp(end(n, i), 0, keys); j < keys; j++) {
                    row[j] = HIDDEN;
                }
                return row;
            });
        }
        if (call.hasInput("nonpad_kv_seqlen")) {
            for (boolean border : new boolean[] {false, true}) {
                border("keys that are not in use are seen", mask, (n, i) -> read(keys, border, n, i));
                border(
                        "one key that is not in use is seen",
                        mask,
                        (n, i) -> read(Math.min(keys, used(n) + 1), border, n, i));
                border("the last key in use is not seen", mask, (n, i) -> read(Math.max(0, used(n) - 1), border, n, i));
            }
            border(
                    "the length of the first sequence holds for all",
                    mask,
                    (n, i) -> Math.min(causal() ? i + offset(n) + 1 : keys, used(0)));
            border(
                    "the length of the next sequence is used",
                    mask,
                    (n, i) -> Math.min(causal() ? i + offset(n) + 1 : keys, used((n + 1) % b)));
        }
        if (past > 0) {
            add(MASK, "the past is not seen", (n, head, i) -> {
                double[] row = given(n, head, i);
                for (int j = 0; j < keys; j++) {
                    row[j] = j < past || j >= end(n, i) ? HIDDEN : row[j];
                }
                return row;
            });
        }
        if (call.hasInput("attn_mask")) {
            written();
        }
    }

    private void written() {
        border("the mask is ignored", (n, head, i) -> new double[keys], this::end);
        border("the mask is used upside down", (n, head, i) -> given(n, head, s - 1 - i), this::end);
        border("the mask of the first query holds for all", (n, head, i) -> given(n, head, 0), this::end);
        border("the mask of the next query is used", (n, head, i) -> given(n, head, (i + 1) % s), this::end);
        border("the mask is shifted by one key", (n, head, i) -> shifted(given(n, head, i), 1), this::end);
        border("the mask is shifted back by one key", (n, head, i) -> shifted(given(n, head, i), -1), this::end);
        border(
                "the mask is inverted",
                (n, head, i) -> {
                    double[] row = given(n, head, i);
                    for (int j = 0; j < keys; j++) {
                        row[j] = row[j] == HIDDEN ? 0 : HIDDEN;
                    }
                    return row;
                },
                this::end);
        border(
                "a mask of numbers only hides, or is added where it should hide",
                (n, head, i) -> {
                    double[] row = given(n, head, i);
                    for (int j = 0; j < keys; j++) {
                        row[j] = row[j] == HIDDEN ? HIDDEN : 0;
                    }
                    return row;
                },
                this::end);
        if (call.input("attn_mask").dtype() == DType.BOOL) {
            border(
                    "a bool mask is added as a number",
                    (n, head, i) -> {
                        double[] row = given(n, head, i);
                        for (int j = 0; j < keys; j++) {
                            row[j] = row[j] == HIDDEN ? 0 : 1;
                        }
                        return row;
                    },
                    this::end);
        }
        border("the mask of the first head holds for all", (n, head, i) -> given(n, 0, i), this::end);
        border("the mask of the next head is used", (n, head, i) -> given(n, (head + 1) % h, i), this::end);
        border("the mask of the first sequence holds for all", (n, head, i) -> given(0, head, i), this::end);
        border("the mask of the next sequence is used", (n, head, i) -> given((n + 1) % b, head, i), this::end);
        border(
                "batch and head change places in the mask",
                (n, head, i) -> {
                    long number = head % h * b + n % b;
                    return given(number / h, number % h, i);
                },
                this::end);
        border("batch and head are exchanged in the mask", (n, head, i) -> given(head % b, n % h, i), this::end);
    }

    private double[] shifted(double[] row, int by) {
        double[] moved = new double[keys];
        for (int j = 0; j < keys; j++) {
            moved[j] = row[Math.clamp(j + by, 0, keys - 1)];
        }
        return moved;
    }

    private void scales() {
        double scale = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) d));
        double cap = call.attributes().real("softcap");
        scaled(1, "scores are not scaled");
        scaled(scale * scale, "scores are scaled twice");
        scaled(scale / Math.log(2), "scores are multiplied by log2 e once too often");
        scaled(scale * Math.log(2), "scores are multiplied by ln 2");
        scaled(1 / Math.sqrt((double) d), "the scale is 1/sqrt(d) whatever the attribute says");
        scaled(1.0 / d, "scores are divided by d and not by its square root");
        scaled(scale * Math.sqrt(d / (d + 1.0)), "scores are scaled for a head size one larger");
        scaled(scale * Math.sqrt(scale), "one operand is scaled a second time by the root of the scale");
        scaled(Math.sqrt(scale), "only one operand is scaled by the root of the scale");
        scaled(-scale, "scores have the wrong sign");
        scaled(2 * scale, "scores are doubled");
        scaled(scale / 2, "scores are halved");
        for (int tile = 8; tile <= 256; tile *= 2) {
            if (d % tile != 0) {
                double padded = Math.ceilDiv(d, tile) * (double) tile;
                scaled(1 / Math.sqrt(padded), "scores are scaled for the padded head size " + (int) padded);
            }
        }
        scaled(1 / Math.sqrt((double) keys), "scores are scaled by the number of keys");
        scaled(1 / Math.sqrt((double) (h * d)), "scores are scaled by the size of all heads");
        if (cap > 0) {
            all.add(right.attribute("softcap", new Attribute.Real(0)).as(SCALE, "the soft cap is left out"));
            // cap · tanh(s / cap) · scale = (cap · scale) · tanh(s · scale / (cap · scale))
            all.add(right.attribute("softcap", new Attribute.Real(cap * Math.abs(scale)))
                    .as(SCALE, "scores are capped before they are scaled"));
        }
    }

    private void scaled(double scale, String sentence) {
        double now = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) d));
        if (Math.abs(scale / now - 1) > 1e-6) {
            all.add(right.attribute("scale", new Attribute.Real(scale)).as(SCALE, sentence));
        }
    }

    /// Keys behind the last whole tile whose scores are 0, and that are seen all the same.
    private void tails() {
        Tensor k = inputs.get("K");
        int own = keys - past;
        long row = k.shape().dim(-1);
        for (int tile = 16; tile <= 256; tile *= 2) {
            int rest = keys % tile;
            if (rest > 0 && rest <= own) {
                all.add(right.input("K", k.dtype(), k.shape(), n -> n / row % own < own - rest ? k.get(n) : 0)
                        .as(MASK, "the " + rest + " keys behind the last whole tile of " + tile + " score 0"));
            }
        }
    }

    private void heads() {
        long group = h / g;
        map("query heads take turns at the key heads instead of sharing them in groups", i -> i % g, i -> i % g);
        map("all query heads read the first key and value head", i -> 0, i -> 0);
        map("all query heads read the first value head", i -> i / group, i -> 0);
        map("all query heads read the first key head", i -> 0, i -> i / group);
        map("query heads take turns at the value heads", i -> i / group, i -> i % g);
        map("query heads take turns at the key heads for scores alone", i -> i % g, i -> i / group);
        map("query heads read the next key and value head", i -> (i / group + 1) % g, i -> (i / group + 1) % g);
        map("query heads read the next value head", i -> i / group, i -> (i / group + 1) % g);
        map("key and value heads are taken in reverse", i -> g - 1 - i / group, i -> g - 1 - i / group);
        map("head h reads key head h, or the last one", i -> Math.min(i, g - 1), i -> Math.min(i, g - 1));
    }

    private void map(String sentence, LongUnaryOperator key, LongUnaryOperator value) {
        boolean same = true;
        for (long i = 0; i < h; i++) {
            same &= key.applyAsLong(i) == i / (h / g) && value.applyAsLong(i) == i / (h / g);
        }
        if (same) {
            return;
        }
        Rereading mapped = spread(spread(right, "K", key), "V", value);
        if (past > 0) {
            mapped = spread(spread(mapped, "past_key", key), "past_value", value);
        }
        if (flat) {
            mapped = mapped.attribute("kv_num_heads", new Attribute.Int(h));
        }
        all.add(mapped.as(HEADS, sentence));
    }

    /// An input with one head for each query head.
    private Rereading spread(Rereading reading, String name, LongUnaryOperator source) {
        Tensor tensor = inputs.get(name);
        Shape shape = tensor.shape();
        if (shape.rank() == 3) {
            long size = shape.dim(2) / g;
            return reading.input(name, tensor.dtype(), Shape.of(shape.dim(0), shape.dim(1), h * size), n -> {
                long head = n / size % h;
                long row = n / size / h;
                return tensor.get((row * g + source.applyAsLong(head)) * size + n % size);
            });
        }
        long block = shape.dim(2) * shape.dim(3);
        return reading.input(name, tensor.dtype(), Shape.of(shape.dim(0), h, shape.dim(2), shape.dim(3)), n -> {
            long head = n / block % h;
            long batch = n / block / h;
            return tensor.get((batch * g + source.applyAsLong(head)) * block + n % block);
        });
    }

    /// Operands that lose their low bits.
    private void narrowed() {
        DType type = call.input("Q").dtype();
        for (DType narrow : new DType[] {DType.BF16, DType.F16}) {
            if (type == DType.F32 || type == DType.F64) {
                String how = " rounded to " + narrow;
                DoubleUnaryOperator round = x -> Double.isFinite(x) ? narrow.round(x) : x;
                Rereading scores = rounded(rounded(rounded(right, "Q", round), "K", round), "past_key", round);
                Rereading values = rounded(rounded(right, "V", round), "past_value", round);
                all.add(rounded(rounded(scores, "V", round), "past_value", round)
                        .as("narrow-inputs", "queries, keys and values are read" + how));
                all.add(scores.as("narrow-inputs", "queries and keys are read" + how));
                all.add(rounded(right, "Q", round).as("narrow-inputs", "queries are read" + how));
                all.add(values.as("narrow-inputs", "values are read" + how));
            }
        }
    }

    private Rereading rounded(Rereading reading, String name, DoubleUnaryOperator round) {
        if (!inputs.has(name)) {
            return reading;
        }
        Tensor tensor = inputs.get(name);
        return reading.input(name, tensor.dtype(), tensor.shape(), n -> round.applyAsDouble(tensor.get(n)));
    }
}
