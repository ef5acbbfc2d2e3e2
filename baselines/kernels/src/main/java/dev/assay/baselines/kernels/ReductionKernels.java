package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Reductions, places of extremes, and running sums.
final class ReductionKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private ReductionKernels() {}

    /// What a line of floating-point numbers comes to.
    @FunctionalInterface
    private interface Real {
        double of(double[] x, Arithmetic arithmetic);
    }

    /// What a line of integers comes to, modulo 2^64.
    @FunctionalInterface
    private interface Whole {
        long of(long[] x, DType type, Arithmetic arithmetic);
    }

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        reduce(all, "reduce_sum", (x, m) -> m.sum(x, x.length), (x, t, m) -> sum(x));
        reduce(
                all,
                "reduce_mean",
                (x, m) -> m.divide(m.sum(x, x.length), x.length),
                (x, t, m) -> x.length == 0 ? 0 : quotient(t.decodeLong(t.encodeLong(sum(x))), x.length, t));
        reduce(
                all,
                "reduce_max",
                (x, m) -> m.largest(x, x.length),
                (x, t, m) ->
                        Arrays.stream(x).boxed().max((a, b) -> compare(a, b, t)).orElse(lowest(t)));
        reduce(
                all,
                "reduce_min",
                (x, m) -> -m.largest(Arrays.stream(x).map(value -> -value).toArray(), x.length),
                (x, t, m) ->
                        Arrays.stream(x).boxed().min((a, b) -> compare(a, b, t)).orElse(highest(t)));
        reduce(
                all,
                "reduce_prod",
                (x, m) -> {
                    double product = 1;
                    for (double value : x) {
                        product = m.multiply(product, value);
                    }
                    return product;
                },
                (x, t, m) -> Arrays.stream(x).reduce(1, (a, b) -> a * b));
        reduce(
                all,
                "reduce_l1",
                (x, m) -> m.sum(Arrays.stream(x).map(Math::abs).toArray(), x.length),
                (x, t, m) -> sum(Arrays.stream(x)
                        .map(value -> t.kind() == DType.Kind.SIGNED && value < 0 ? -value : value)
                        .toArray()));
        reduce(all, "reduce_l2", (x, m) -> m.sqrt(m.dot(x, x, x.length)), (x, t, m) ->
                (long) m.sqrt(t.decode(t.encodeLong(squares(x)))));
        reduce(all, "reduce_log_sum", (x, m) -> m.log(m.sum(x, x.length)), (x, t, m) ->
                (long) m.log(t.decode(t.encodeLong(sum(x)))));
        reduce(all, "reduce_log_sum_exp", SoftmaxKernels::logSumExp, (x, t, m) -> (long) SoftmaxKernels.logSumExp(
                Arrays.stream(x).mapToDouble(v -> t.decode(t.encodeLong(v))).toArray(), m));
        reduce(all, "reduce_sum_square", (x, m) -> m.dot(x, x, x.length), (x, t, m) -> squares(x));
        all.put("argmax", (call, arithmetic) -> argument(call, true));
        all.put("argmin", (call, arithmetic) -> argument(call, false));
        all.put("sort", (call, arithmetic) -> ordered(call, call.attributes().integer("descending") != 0));
        all.put("top_k", (call, arithmetic) -> ordered(call, call.attributes().integer("largest") != 0));
        all.put("cumsum", (call, arithmetic) -> running(call, 0, arithmetic::add, Long::sum));
        all.put("cumprod", (call, arithmetic) -> running(call, 1, arithmetic::multiply, (a, b) -> a * b));
        return all;
    }

    private static long sum(long[] x) {
        long sum = 0;
        for (int i = x.length - 1; i >= 0; i--) {
            sum += x[i];
        }
        return sum;
    }

    private static long squares(long[] x) {
        return Arrays.stream(x).map(value -> value * value).sum();
    }

    private static long quotient(long sum, long count, DType type) {
        return type.kind() == DType.Kind.SIGNED ? sum / count : Long.divideUnsigned(sum, count);
    }

    private static int compare(long a, long b, DType type) {
        return type.kind() == DType.Kind.SIGNED ? Long.compare(a, b) : Long.compareUnsigned(a, b);
    }

    private static long lowest(DType type) {
        return type.kind() == DType.Kind.SIGNED ? type.decodeLong(1L << (type.bits() - 1)) : 0;
    }

    private static long highest(DType type) {
        return switch (type.kind()) {
            case SIGNED -> ~lowest(type);
            case BOOL -> 1;
            default -> type.decodeLong(-1);
        };
    }

    private static void reduce(Map<String, SharedKernel.Factory> into, String name, Real real, Whole whole) {
        into.put(name, (call, arithmetic) -> {
            LineWalk lines = LineWalk.along(call.input("data").shape(), reduced(call));
            return arguments -> {
                Tensor data = arguments.input("data").tensor();
                Tensor out = arguments.output("reduced").tensor();
                DType type = data.dtype();
                lines.forEach(line -> {
                    if (type.isFloat()) {
                        double[] x = new double[lines.length()];
                        lines.read(data, line, x);
                        double result = real.of(x, arithmetic);
                        out.set(line, Double.isNaN(result) ? Double.NaN : result);
                    } else {
                        long[] x = new long[lines.length()];
                        lines.readIntegers(data, line, x);
                        out.setCodeAt(line, type.encodeLong(whole.of(x, type, arithmetic)));
                    }
                });
            };
        });
    }

    private static long constant(Call call, String name) {
        return call.constants().getOrDefault(name, List.of()).getFirst();
    }

    private static boolean[] reduced(Call call) {
        int rank = call.input("data").shape().rank();
        boolean[] marked = new boolean[rank];
        List<Long> axes = call.constants().getOrDefault("axes", List.of());
        if (axes.isEmpty() && call.attributes().integer("noop_with_empty_axes") == 0) {
            Arrays.fill(marked, true);
        }
        axes.forEach(axis -> marked[Math.toIntExact(Math.floorMod(axis, (long) rank))] = true);
        return marked;
    }

    /// Order of the elements of a line, NaN being the largest; equal elements keep their order.
    private static Comparator<Integer> order(Tensor tensor, LineWalk lines, int line) {
        if (tensor.dtype().isFloat()) {
            double[] x = new double[lines.length()];
            lines.read(tensor, line, x);
            // Adding zero makes one zero of the two.
            return Comparator.comparingDouble(i -> x[i] + 0.0);
        }
        long[] x = new long[lines.length()];
        lines.readIntegers(tensor, line, x);
        return (a, b) -> compare(x[a], x[b], tensor.dtype());
    }

    private static SharedKernel argument(Call call, boolean largest) {
        LineWalk lines =
                LineWalk.along(call.input("data").shape(), call.attributes().integer("axis"));
        boolean last = call.attributes().integer("select_last_index") != 0;
        return arguments -> {
            Tensor data = arguments.input("data").tensor();
            Tensor out = arguments.output("reduced").tensor();
            lines.forEach(line -> {
                Comparator<Integer> ascending = order(data, lines, line);
                Comparator<Integer> better = largest ? ascending : ascending.reversed();
                int best = 0;
                for (int i = 1; i < lines.length(); i++) {
                    int compared = better.compare(i, best);
                    best = compared > 0 || (compared == 0 && last) ? i : best;
                }
                out.setCodeAt(line, best);
            });
        };
    }

    /// Lines in order, as many of each as the outputs have room for.
    private static SharedKernel ordered(Call call, boolean descending) {
        long axis = call.attributes().integer("axis");
        LineWalk lines = LineWalk.along(call.input("X").shape(), axis);
        LineWalk results = LineWalk.along(call.output("Values").shape(), axis);
        return arguments -> {
            Tensor x = arguments.input("X").tensor();
            Tensor values = arguments.output("Values").tensor();
            Tensor indices = arguments.output("Indices").tensor();
            lines.forEach(line -> {
                Comparator<Integer> ascending = order(x, lines, line);
                // The sort is stable: equal elements stay in the order of their indices.
                Integer[] sorted = IntStream.range(0, lines.length()).boxed().toArray(Integer[]::new);
                Arrays.sort(sorted, descending ? ascending.reversed() : ascending);
                for (int i = 0; i < results.length(); i++) {
                    long to = results.number(line, i);
                    values.setCodeAt(to, x.codeAt(x.position(lines.number(line, sorted[i]))));
                    indices.setCodeAt(to, sorted[i]);
                }
            });
        };
    }

    @FunctionalInterface
    private interface RealStep {
        double of(double before, double value);
    }

    @FunctionalInterface
    private interface WholeStep {
        long of(long before, long value);
    }

    private static SharedKernel running(Call call, int start, RealStep real, WholeStep whole) {
        LineWalk lines = LineWalk.along(call.input("x").shape(), constant(call, "axis"));
        boolean exclusive = call.attributes().integer("exclusive") != 0;
        boolean reverse = call.attributes().integer("reverse") != 0;
        int length = lines.length();
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor y = arguments.output("y").tensor();
            lines.forEach(line -> {
                double[] reals = new double[length];
                long[] wholes = new long[length];
                boolean floats = x.dtype().isFloat();
                if (floats) {
                    lines.read(x, line, reals);
                } else {
                    lines.readIntegers(x, line, wholes);
                }
                double realSoFar = start;
                long wholeSoFar = start;
                for (int n = 0; n < length; n++) {
                    int i = reverse ? length - 1 - n : n;
                    double realNext = floats ? real.of(realSoFar, reals[i]) : 0;
                    long wholeNext = floats ? 0 : whole.of(wholeSoFar, wholes[i]);
                    reals[i] = exclusive ? realSoFar : realNext;
                    wholes[i] = exclusive ? wholeSoFar : wholeNext;
                    realSoFar = realNext;
                    wholeSoFar = wholeNext;
                }
                if (floats) {
                    lines.write(y, line, reals);
                    return;
                }
                for (int i = 0; i < length; i++) {
                    y.setCodeAt(lines.number(line, i), y.dtype().encodeLong(wholes[i]));
                }
            });
        };
    }
}
