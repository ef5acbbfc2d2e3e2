package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Products of matrices, with what stands before and behind them.
final class ProductKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "einsum", ProductKernels::einsum,
            "gemm", ProductKernels::gemm,
            "linear", ProductKernels::linear,
            "matmul_integer", ProductKernels::matmulInteger,
            "qlinear_matmul", ProductKernels::qlinearMatmul);

    private ProductKernels() {}

    private static SharedKernel gemm(Call call, Arithmetic arithmetic) {
        TensorSpec y = call.output("Y");
        int m = Math.toIntExact(y.shape().dim(0));
        int n = Math.toIntExact(y.shape().dim(1));
        boolean turnsA = call.attributes().integer("transA") != 0;
        boolean turnsB = call.attributes().integer("transB") != 0;
        int k = Math.toIntExact(call.input("A").shape().dim(turnsA ? 0 : 1));
        double alpha = call.attributes().real("alpha");
        double beta = call.attributes().real("beta");
        boolean adds = call.hasInput("C") && beta != 0;
        return arguments -> {
            Tensor a = arguments.input("A").tensor();
            Tensor b = arguments.input("B").tensor();
            List<Long> ofA = a.spec().strides();
            List<Long> ofB = b.spec().strides();
            long downA = ofA.get(turnsA ? 1 : 0);
            long alongA = ofA.get(turnsA ? 0 : 1);
            long downB = ofB.get(turnsB ? 1 : 0);
            long alongB = ofB.get(turnsB ? 0 : 1);
            Tensor into = arguments.output("Y").tensor();
            if (!y.dtype().isFloat()) {
                DType type = y.dtype();
                Parallel.forEach(m, i -> {
                    for (int j = 0; j < n; j++) {
                        long sum = 0;
                        for (int d = k - 1; d >= 0; d--) {
                            sum += type.decodeLong(a.codeAt(i * downA + d * alongA))
                                    * type.decodeLong(b.codeAt(d * downB + j * alongB));
                        }
                        long result = whole(alpha) * sum;
                        if (adds) {
                            Tensor c = arguments.input("C").tensor();
                            result += whole(beta) * type.decodeLong(c.codeAt(place(c, i, j)));
                        }
                        into.setCodeAt((long) i * n + j, type.encodeLong(result));
                    }
                });
                return;
            }
            double[] results = Dots.multiply(
                    arithmetic, Dots.matrix(a, 0, downA, alongA), Dots.matrix(b, 0, downB, alongB), m, n, k);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double result = results[i * n + j];
                    result = alpha == 1 ? result : arithmetic.multiply(alpha, result);
                    if (adds) {
                        Tensor c = arguments.input("C").tensor();
                        double term = c.dtype().decode(c.codeAt(place(c, i, j)));
                        result = arithmetic.add(result, beta == 1 ? term : arithmetic.multiply(beta, term));
                    }
                    results[i * n + j] = result;
                }
            }
            Dots.store(results, into, 0);
        };
    }

    private static long whole(double factor) {
        return (long) factor;
    }

    private static long place(Tensor c, long i, long j) {
        return i * Dots.step(c.spec(), 2) + j * Dots.step(c.spec(), 1);
    }

    private static SharedKernel linear(Call call, Arithmetic arithmetic) {
        TensorSpec w = call.input("W");
        int n = Math.toIntExact(w.shape().dim(0));
        int k = Math.toIntExact(w.shape().dim(1));
        Shape y = call.output("Y").shape();
        int m = Math.toIntExact(y.slice(0, y.rank() - 1).elements());
        return arguments -> {
            Tensor weights = arguments.input("W").tensor();
            Matrix right = Dots.matrix(
                    weights,
                    0,
                    weights.spec().strides().get(1),
                    weights.spec().strides().get(0));
            double[] results =
                    Dots.multiply(arithmetic, Dots.lines(arguments.input("X").tensor()), right, m, n, k);
            if (call.hasInput("B")) {
                double[] bias = Dots.values(arguments.input("B").tensor());
                for (int i = 0; i < results.length; i++) {
                    results[i] = arithmetic.add(results[i], bias[i % n]);
                }
            }
            Dots.store(results, arguments.output("Y").tensor(), 0);
        };
    }

    /// Matrices of a batch, and what goes with their lines.
    private static final class Batch {
        private final Arithmetic integers;
        private final Shape result;
        final int matrices;
        final int m;
        final int n;
        final int k;
        private final Tensor a;
        private final Tensor b;

        Batch(Arithmetic arithmetic, Tensor a, Tensor b, Shape output) {
            this.integers = arithmetic.integers();
            this.a = a;
            this.b = b;
            boolean row = a.shape().rank() == 1;
            boolean column = b.shape().rank() == 1;
            this.m = Math.toIntExact(row ? 1 : a.shape().dim(-2));
            this.n = Math.toIntExact(column ? 1 : b.shape().dim(-1));
            this.k = Math.toIntExact(a.shape().dim(-1));
            this.result = output.slice(0, output.rank() - (row ? 0 : 1) - (column ? 0 : 1));
            this.matrices = Math.toIntExact(result.elements());
        }

        /// Memory position of a tensor's part for a matrix of the batch; its last `inner` dimensions are
        /// the part's own.
        private long position(TensorSpec spec, int number, int inner) {
            long rest = number;
            long position = 0;
            for (int axis = result.rank() - 1; axis >= 0; axis--) {
                position += rest % result.dim(axis) * Dots.step(spec, result.rank() - axis + inner);
                rest /= result.dim(axis);
            }
            return position;
        }

        /// A number that stands for a line of a matrix: the only one there is, or its own.
        double ofLine(Tensor numbers, int number, long line, boolean rows) {
            if (numbers.shape().elements() == 1) {
                return numbers.get(0);
            }
            boolean vector = numbers.shape().rank() == 1;
            long first = vector ? 0 : position(numbers.spec(), number, 2);
            long step = numbers.spec().strides().get(numbers.shape().rank() - (rows && !vector ? 2 : 1));
            return numbers.dtype().decode(numbers.codeAt(first + line * step));
        }

        /// Sums of products of a matrix of the batch, less a zero point on both sides.
        double[] products(int number, List<Tensor> ofRows, List<Tensor> ofColumns) {
            int inA = a.shape().rank() == 1 ? 1 : 2;
            int inB = b.shape().rank() == 1 ? 1 : 2;
            long fromA = position(a.spec(), number, inA);
            long fromB = position(b.spec(), number, inB);
            long downA = inA == 1 ? 0 : Dots.step(a.spec(), 2);
            long alongA = Dots.step(a.spec(), 1);
            long downB = Dots.step(b.spec(), inB);
            long alongB = inB == 1 ? 0 : Dots.step(b.spec(), 1);
            double[] left = new double[m * k];
            for (int i = 0; i < m; i++) {
                double zero = ofRows.isEmpty() ? 0 : ofLine(ofRows.getFirst(), number, i, true);
                for (int d = 0; d < k; d++) {
                    left[i * k + d] = a.dtype().decode(a.codeAt(fromA + i * downA + d * alongA)) - zero;
                }
            }
            double[] right = new double[k * n];
            for (int j = 0; j < n; j++) {
                double zero = ofColumns.isEmpty() ? 0 : ofLine(ofColumns.getFirst(), number, j, false);
                for (int d = 0; d < k; d++) {
                    right[d * n + j] = b.dtype().decode(b.codeAt(fromB + d * downB + j * alongB)) - zero;
                }
            }
            // Whole numbers of so few bits that f64 holds every sum.
            return Dots.multiply(integers, Matrix.of(left, 0, k), Matrix.of(right, 0, n), m, n, k);
        }
    }

    private static List<Tensor> given(Call call, Arguments arguments, String name) {
        return call.hasInput(name) ? List.of(arguments.input(name).tensor()) : List.of();
    }

    private static SharedKernel matmulInteger(Call call, Arithmetic arithmetic) {
        return arguments -> {
            Batch batch = new Batch(
                    arithmetic,
                    arguments.input("A").tensor(),
                    arguments.input("B").tensor(),
                    call.output("Y").shape());
            Tensor y = arguments.output("Y").tensor();
            for (int number = 0; number < batch.matrices; number++) {
                double[] results = batch.products(
                        number, given(call, arguments, "a_zero_point"), given(call, arguments, "b_zero_point"));
                for (int i = 0; i < results.length; i++) {
                    y.setCodeAt((long) number * results.length + i, DType.I32.encodeLong((long) results[i]));
                }
            }
        };
    }

    private static SharedKernel qlinearMatmul(Call call, Arithmetic arithmetic) {
        DType type = call.output("y").dtype();
        return arguments -> {
            Batch batch = new Batch(
                    arithmetic,
                    arguments.input("a").tensor(),
                    arguments.input("b").tensor(),
                    call.output("y").shape());
            Tensor y = arguments.output("y").tensor();
            for (int number = 0; number < batch.matrices; number++) {
                double[] results = batch.products(
                        number,
                        List.of(arguments.input("a_zero_point").tensor()),
                        List.of(arguments.input("b_zero_point").tensor()));
                for (int i = 0; i < results.length; i++) {
                    long row = i / batch.n;
                    long column = i % batch.n;
                    double scaled = arithmetic.multiply(
                            arithmetic.multiply(
                                    arithmetic.round(results[i]),
                                    batch.ofLine(arguments.input("a_scale").tensor(), number, row, true)),
                            batch.ofLine(arguments.input("b_scale").tensor(), number, column, false));
                    double quotient = arithmetic.divide(
                            scaled, batch.ofLine(arguments.input("y_scale").tensor(), number, row, true));
                    double zero = batch.ofLine(arguments.input("y_zero_point").tensor(), number, row, true);
                    y.set((long) number * results.length + i, Dots.clamped(Math.rint(quotient) + zero, type));
                }
            }
        };
    }

    /// Walks over the output and, for each element, over all values of the letters that are summed.
    private static SharedKernel einsum(Call call, Arithmetic arithmetic) {
        List<TensorSpec> operands = call.members("Inputs");
        Shape result = call.output("Output").shape();
        String equation = call.attributes().text("equation").replaceAll("\\s", "");
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        List<List<String>> names = new ArrayList<>();
        int spread = 0;
        for (int t = 0; t < terms.length; t++) {
            int dots =
                    operands.get(t).shape().rank() - terms[t].replace("...", "").length();
            names.add(names(terms[t], dots));
            spread = terms[t].contains("...") ? Math.max(spread, dots) : spread;
        }
        List<String> output = sides.length > 1 ? names(sides[1], spread) : implied(names, spread);
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (int t = 0; t < terms.length; t++) {
            for (int axis = 0; axis < names.get(t).size(); axis++) {
                sizes.merge(names.get(t).get(axis), operands.get(t).shape().dim(axis), (x, y) -> x == 1 ? y : x);
            }
        }
        List<String> summed = new ArrayList<>(sizes.keySet());
        summed.removeAll(output);
        Shape inner = Shape.of(summed.stream().map(sizes::get).toList());
        DType type = call.output("Output").dtype();
        long[][] outer = new long[terms.length][];
        long[][] within = new long[terms.length][];
        for (int t = 0; t < terms.length; t++) {
            outer[t] = steps(operands.get(t), names.get(t), output);
            within[t] = steps(operands.get(t), names.get(t), summed);
        }
        int depth = Math.toIntExact(inner.elements());
        return arguments -> {
            List<Tensor> tensors = new ArrayList<>();
            long[][] offsets = new long[terms.length][depth];
            for (int t = 0; t < terms.length; t++) {
                tensors.add(arguments.input(Call.member("Inputs", t)).tensor());
                for (int d = 0; d < depth; d++) {
                    offsets[t][d] = position(inner, d, within[t]);
                }
            }
            Tensor into = arguments.output("Output").tensor();
            Parallel.forEach(Math.toIntExact(result.elements()), number -> {
                long[] starts = new long[terms.length];
                for (int t = 0; t < terms.length; t++) {
                    starts[t] = position(result, number, outer[t]);
                }
                if (type.isFloat()) {
                    double sum = sum(arithmetic, tensors, starts, offsets, depth);
                    into.set(number, Double.isNaN(sum) ? Double.NaN : sum);
                    return;
                }
                long sum = 0;
                for (int d = 0; d < depth; d++) {
                    long product = 1;
                    for (int t = 0; t < terms.length; t++) {
                        product *= type.decodeLong(tensors.get(t).codeAt(starts[t] + offsets[t][d]));
                    }
                    sum += product;
                }
                // Bytes packed by several to an octet are none of these types: elements may be stored by many threads.
                into.setCodeAt(number, type.encodeLong(sum));
            });
        };
    }

    private static double sum(Arithmetic arithmetic, List<Tensor> tensors, long[] starts, long[][] offsets, int depth) {
        double[] left = new double[depth];
        double[] right = new double[depth];
        java.util.Arrays.fill(right, 1);
        for (int d = 0; d < depth; d++) {
            left[d] = read(tensors.getFirst(), starts[0] + offsets[0][d]);
            for (int t = 1; t < tensors.size(); t++) {
                right[d] = arithmetic.multiply(right[d], read(tensors.get(t), starts[t] + offsets[t][d]));
            }
        }
        return arithmetic.dot(left, right, depth);
    }

    private static double read(Tensor tensor, long position) {
        return tensor.dtype().decode(tensor.codeAt(position));
    }

    /// The dimensions of a term; those of an ellipsis are counted from the last.
    private static List<String> names(String term, int dots) {
        List<String> names = new ArrayList<>();
        int at = 0;
        while (at < term.length()) {
            if (term.startsWith("...", at)) {
                for (int d = dots; d > 0; d--) {
                    names.add("." + d);
                }
                at += 3;
            } else {
                names.add(term.substring(at, at + 1));
                at++;
            }
        }
        return names;
    }

    private static List<String> implied(List<List<String>> terms, int spread) {
        List<String> all = terms.stream().flatMap(List::stream).toList();
        List<String> output = names("...", spread);
        all.stream()
                .filter(name -> !name.startsWith(".") && all.indexOf(name) == all.lastIndexOf(name))
                .sorted()
                .forEach(output::add);
        return output;
    }

    private static long[] steps(TensorSpec spec, List<String> own, List<String> along) {
        long[] steps = new long[along.size()];
        for (int axis = 0; axis < own.size(); axis++) {
            int at = along.indexOf(own.get(axis));
            if (at >= 0 && spec.shape().dim(axis) != 1) {
                steps[at] += spec.strides().get(axis);
            }
        }
        return steps;
    }

    private static long position(Shape shape, long number, long[] steps) {
        long rest = number;
        long position = 0;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            position += rest % shape.dim(axis) * steps[axis];
            rest /= shape.dim(axis);
        }
        return position;
    }
}
