package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// What the attention operators of serving stacks have in common: sequences of different lengths, whose queries stand
/// one after the other, and what each query sees.
///
/// Query i of a sequence of s queries and t keys has the position `p = i + t - s` among the keys (it is aligned to the
/// last key). It sees key j if `j <= p` (causal), `j >= p - window_left` and `j <= p + window_right` (where these are
/// not negative). A sink is a score without a key: it takes a share of the probability and adds no value. With slopes
/// the score has `-slope · |p - j|` added.
///
/// @param queries where the queries of each sequence start, and where the last end
/// @param keys number of keys of each sequence
/// @param h query heads
/// @param g heads of keys and values
/// @param d terms of a score
/// @param e size of a value
/// @param right negative for no limit
record Batch(
        List<Integer> queries,
        List<Integer> keys,
        int h,
        int g,
        int d,
        int e,
        double scale,
        double cap,
        long left,
        long right) {

    static final Set<DType> INDICES = Signature.only(DType.I32, DType.I64);
    static final Set<DType> F32 = Signature.only(DType.F32);

    static List<Parameter> outputs() {
        return List.of(
                Parameter.required("out", "T", Signature.floats(), "[total_q,h,e]"),
                Parameter.optional("lse", "L", F32, "logarithm of the sum of the exponentials [h,total_q]"));
    }

    static List<AttributeSpec> attributes() {
        return List.of(
                AttributeSpec.integer("causal", 0, "1: no key after the query, which is aligned to the last key"),
                AttributeSpec.optional("scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"),
                AttributeSpec.real("softcap", 0, "limit of the scores; 0 for none"),
                AttributeSpec.integer("window_left", -1, "keys before the query that it sees; -1: all"),
                AttributeSpec.integer("window_right", -1, "keys after the query that it sees; -1: all"));
    }

    static Batch of(Call call, List<Integer> queries, List<Integer> keys, Shape sizes) {
        String where = call.operator();
        double cap = call.attributes().real("softcap");
        if (!(cap >= 0)) {
            throw new InvalidCallException("softcap " + cap, where, "give a positive number, or 0 for none");
        }
        long causal = call.attributes().integer("causal");
        long left = call.attributes().integer("window_left");
        long right = call.attributes().integer("window_right");
        if ((causal != 0 && causal != 1) || left < -1 || right < -1) {
            throw new InvalidCallException(
                    "causal " + causal + ", window_left " + left + ", window_right " + right,
                    where,
                    "give causal 0 or 1, and windows from -1");
        }
        int h = Math.toIntExact(sizes.dim(0));
        int g = Math.toIntExact(sizes.dim(1));
        int d = Math.toIntExact(sizes.dim(2));
        if (h < 1 || g < 1 || h % g != 0 || d < 1) {
            throw new InvalidCallException(
                    h + " query heads, " + g + " heads of keys, head size " + d,
                    where,
                    "make the first a multiple of the second, and the size positive");
        }
        return new Batch(
                queries,
                keys,
                h,
                g,
                d,
                Math.toIntExact(sizes.dim(3)),
                call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) d)),
                cap,
                left,
                causal == 1 ? 0 : right);
    }

    /// Starts of sequences from a constant that has them, the end last.
    static List<Integer> starts(Call call, String input, long total) {
        List<Long> values = call.constants().getOrDefault(input, List.of());
        boolean right = !values.isEmpty() && values.getFirst() == 0 && values.getLast() == total;
        for (int i = 1; i < values.size(); i++) {
            right &= values.get(i) >= values.get(i - 1);
        }
        if (!right || call.input(input).shape().rank() != 1) {
            throw new InvalidCallException(
                    input + " " + brief(values),
                    call.operator(),
                    "give numbers from 0 to " + total + " that never fall, one more than sequences");
        }
        return values.stream().map(Math::toIntExact).toList();
    }

    /// Starts of sequences from a constant that has their lengths.
    static List<Integer> startsFromLengths(Call call, String input, long total) {
        List<Integer> starts = new ArrayList<>(List.of(0));
        for (int length : lengths(call, input)) {
            starts.add(Math.addExact(starts.getLast(), length));
        }
        if (starts.getLast() != total) {
            throw new InvalidCallException(
                    input + " adds up to " + starts.getLast() + ", there are " + total + " rows",
                    call.operator(),
                    "give lengths that add up to the rows");
        }
        return List.copyOf(starts);
    }

    static List<Integer> lengths(Call call, String input) {
        List<Long> values = call.constants().getOrDefault(input, List.of());
        if (call.input(input).shape().rank() != 1
                || values.stream().anyMatch(value -> value < 0 || value > Integer.MAX_VALUE)) {
            throw new InvalidCallException(
                    input + " " + brief(values), call.operator(), "give one length that is not negative to a sequence");
        }
        return values.stream().map(Math::toIntExact).toList();
    }

    private static String brief(List<Long> values) {
        return values.size() <= 8 ? values.toString() : values.subList(0, 8) + "...";
    }

    /// A per-head input must have one number to a head.
    static void checkPerHead(Call call, String input, int heads) {
        if (call.hasInput(input) && !call.input(input).shape().equals(Shape.of(heads))) {
            throw new InvalidCallException(
                    input + " " + call.input(input).shape(), call.operator(), "give it the shape [" + heads + "]");
        }
    }

    int sequences() {
        return keys.size();
    }

    int queries(int sequence) {
        return queries.get(sequence + 1) - queries.get(sequence);
    }

    int totalQueries() {
        return queries.getLast();
    }

    /// The sequence that a row of the queries belongs to.
    int sequenceOf(long row) {
        return IntStream.range(0, sequences())
                .filter(sequence -> row < queries.get(sequence + 1))
                .findFirst()
                .orElseThrow();
    }

    /// Place of a query among the keys.
    long position(int sequence, int query) {
        return (long) query + keys.get(sequence) - queries(sequence);
    }

    boolean sees(long position, long key) {
        return (left < 0 || key >= position - left) && (right < 0 || key <= position + right);
    }

    Shape result() {
        return Shape.of(totalQueries(), h, e);
    }

    Shape logarithms() {
        return Shape.of(h, totalQueries());
    }

    List<TensorSpec> specs(DType type) {
        return List.of(TensorSpec.dense(type, result()), TensorSpec.dense(DType.F32, logarithms()));
    }

    /// Two products over the keys that each query sees, and the bytes of the keys in use.
    ///
    /// @param bitsPerKey of a key and its value, all heads together
    Cost cost(DType type, double bitsPerKey) {
        double pairs = 0;
        double bytes = (double) totalQueries() * h * (d + e) * type.bits() / 8;
        for (int n = 0; n < sequences(); n++) {
            bytes += keys.get(n) * bitsPerKey / 8;
            if (left < 0 && right < 0) {
                pairs += (double) queries(n) * keys.get(n);
                continue;
            }
            for (int i = 0; i < queries(n); i++) {
                long p = position(n, i);
                long from = left < 0 ? 0 : Math.max(0, p - left);
                long to = right < 0 ? keys.get(n) : Math.min(keys.get(n), p + right + 1);
                pairs += Math.max(0, to - from);
            }
        }
        return new Cost(2.0 * h * pairs * (d + e), bytes);
    }

    /// For case ids.
    String sizesText() {
        return "b" + sequences() + ".q" + totalQueries() + ".k"
                + keys.stream().mapToLong(count -> count).sum() + ".h" + h + ".g" + g + ".d" + d + ".e" + e;
    }
}
