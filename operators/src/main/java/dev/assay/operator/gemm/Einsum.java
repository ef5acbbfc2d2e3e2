package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Einstein summation: the sum, over all letters that are not in the output, of the products of the
/// operands' elements.
///
/// - attribute `equation`: `ij,jk->ik`; a letter twice in one term takes the diagonal, `...` stands for
///   any dimensions,
///   which broadcast; without `->` the output has the dimensions of `...` and then the letters that
///   occur once, in the
///   order of the alphabet
/// - whole numbers wrap
/// - source: ONNX Einsum-12 (`numpy.einsum`)
public final class Einsum extends ProductOperator {
    /// Dimensions of an ellipsis are letters from here on, the last dimension first.
    private static final char ELLIPSIS = 0x1000;

    public Einsum() {
        super(
                "einsum",
                "Einsum",
                new About(
                        "the sum over the letters that the output lacks of the products of the operands",
                        "ONNX Einsum-12",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(Parameter.variadic("Inputs", "T", Signature.numbers(), "operands")),
                        List.of(Parameter.required("Output", "T", Signature.numbers(), "what the equation says")),
                        List.of(AttributeSpec.optional(
                                "equation", dev.assay.backend.Attribute.Text.class, "such as ij,jk->ik"))));
    }

    /// An equation with the sizes of its letters.
    ///
    /// @param terms letters of each operand
    /// @param output letters of the output
    /// @param sizes by letter
    private record Plan(List<String> terms, String output, Map<Character, Long> sizes) {
        long size(char letter) {
            return sizes.getOrDefault(letter, 1L);
        }

        Shape shape(String letters) {
            return Shape.of(letters.chars().mapToLong(c -> size((char) c)).toArray());
        }

        /// Letters of the output that are in a term, or are not.
        String kept(String term, boolean in) {
            return output.chars()
                    .filter(c -> (term.indexOf(c) >= 0) == in)
                    .mapToObj(c -> String.valueOf((char) c))
                    .collect(Collectors.joining());
        }

        String summed() {
            return sizes.keySet().stream()
                    .filter(letter -> output.indexOf(letter) < 0)
                    .map(String::valueOf)
                    .collect(Collectors.joining());
        }
    }

    private InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, name() + ", attribute equation", fix);
    }

    private Plan plan(Call call) {
        if (!call.attributes().has("equation")) {
            throw invalid("there is no equation", "give one such as ij,jk->ik");
        }
        String equation = call.attributes().text("equation").replace(" ", "");
        int arrow = equation.indexOf("->");
        String left = arrow < 0 ? equation : equation.substring(0, arrow);
        String[] written = left.split(",", -1);
        List<TensorSpec> operands = call.members("Inputs");
        if (written.length != operands.size()) {
            throw invalid(
                    "'" + equation + "' has " + written.length + " terms for " + operands.size() + " operands",
                    "give one term for each operand");
        }
        List<String> terms = new ArrayList<>();
        Map<Character, Long> sizes = new TreeMap<>();
        int ellipsis = 0;
        for (int n = 0; n < written.length; n++) {
            Shape shape = operands.get(n).shape();
            int spread = shape.rank() - written[n].replace("...", "").length();
            String term = spelled(written[n], Math.max(0, spread), equation);
            if (term.length() != shape.rank()) {
                throw invalid(
                        "the term '" + written[n] + "' for an operand " + shape, "name each dimension once, or by ...");
            }
            ellipsis = Math.max(ellipsis, written[n].contains("...") ? spread : 0);
            for (int axis = 0; axis < term.length(); axis++) {
                size(sizes, term.charAt(axis), shape.dim(axis));
            }
            terms.add(term);
        }
        String output =
                arrow < 0 ? implicit(terms, ellipsis) : spelled(equation.substring(arrow + 2), ellipsis, equation);
        for (int n = 0; n < output.length(); n++) {
            char letter = output.charAt(n);
            if (!sizes.containsKey(letter) || output.indexOf(letter) != output.lastIndexOf(letter)) {
                throw invalid(
                        "the output of '" + equation + "'", "name letters of the operands there, each of them once");
            }
        }
        return new Plan(terms, output, sizes);
    }

    private void size(Map<Character, Long> sizes, char letter, long size) {
        long known = sizes.getOrDefault(letter, 1L);
        if (known != 1 && size != 1 && known != size) {
            throw invalid(
                    "a dimension has size " + known + " in one place and " + size + " in another",
                    "make dimensions with the same letter equal, or 1");
        }
        sizes.put(letter, known == 1 ? size : known);
    }

    /// A term with the dimensions of its ellipsis spelled out.
    private String spelled(String term, int spread, String equation) {
        StringBuilder all = new StringBuilder();
        for (int d = spread - 1; d >= 0; d--) {
            all.append((char) (ELLIPSIS + d));
        }
        String spelled = term.replaceFirst("\\.\\.\\.", all.toString());
        for (int n = 0; n < spelled.length(); n++) {
            char letter = spelled.charAt(n);
            boolean known = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter >= ELLIPSIS;
            if (!known) {
                throw invalid("'" + letter + "' in '" + equation + "'", "use letters, commas, ... and ->");
            }
        }
        return spelled;
    }

    private static String implicit(List<String> terms, int ellipsis) {
        Map<Character, Integer> counts = new TreeMap<>();
        terms.forEach(term -> term.chars().forEach(c -> counts.merge((char) c, 1, Integer::sum)));
        StringBuilder output = new StringBuilder();
        for (int d = ellipsis - 1; d >= 0; d--) {
            output.append((char) (ELLIPSIS + d));
        }
        counts.forEach((letter, count) -> {
            if (count == 1 && letter < ELLIPSIS) {
                output.append(letter);
            }
        });
        return output.toString();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = plan(call);
        return List.of(TensorSpec.dense(call.members("Inputs").getFirst().dtype(), plan.shape(plan.output)));
    }

    /// Steps in memory of an operand along letters.
    private static long[] steps(Plan plan, String term, TensorSpec spec, String letters) {
        long[] steps = new long[letters.length()];
        for (int n = 0; n < steps.length; n++) {
            for (int axis = 0; axis < term.length(); axis++) {
                boolean repeats = spec.shape().dim(axis) == 1 && plan.size(letters.charAt(n)) != 1;
                if (term.charAt(axis) == letters.charAt(n) && !repeats) {
                    steps[n] += spec.strides().get(axis);
                }
            }
        }
        return steps;
    }

    /// Positions in an operand's memory for all values of some letters.
    private static long[] positions(Plan plan, String term, TensorSpec spec, String letters) {
        Shape shape = plan.shape(letters);
        long[] steps = steps(plan, term, spec, letters);
        long[] positions = new long[Math.toIntExact(shape.elements())];
        for (int i = 0; i < positions.length; i++) {
            long[] at = shape.coordinates(i);
            for (int n = 0; n < at.length; n++) {
                positions[i] += at[n] * steps[n];
            }
        }
        return positions;
    }

    /// One operand: where its elements lie for each product, line and term.
    private static final class Side {
        private final Tensor tensor;
        private final long[] batches;
        private final long[] lines;
        private final long[] terms;

        Side(Tensor tensor, long[] batches, long[] lines, long[] terms) {
            this.tensor = tensor;
            this.batches = batches;
            this.lines = lines;
            this.terms = terms;
        }

        double real(long batch, long line, long term) {
            return tensor.dtype().decode(code(batch, line, term));
        }

        long whole(long batch, long line, long term) {
            return tensor.dtype().decodeLong(code(batch, line, term));
        }

        private long code(long batch, long line, long term) {
            return tensor.codeAt(batches[(int) batch] + lines[(int) line] + terms[(int) term]);
        }
    }

    /// The products of some operands' elements, as a matrix of lines and terms.
    private static Matrix lines(List<Side> sides, long batch) {
        return new Matrix() {
            private double at(long row, long column) {
                double product = 1;
                for (Side side : sides) {
                    product *= side.real(batch, row, column);
                }
                return product;
            }

            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = at(row, column + i);
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = at(row + i, column);
                }
            }
        };
    }

    /// The last operand makes the columns of products, all others together the rows. A sum of one
    /// operand's elements is
    /// its product with ones.
    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        List<Tensor> tensors = new ArrayList<>();
        for (int n = 0; n < plan.terms.size(); n++) {
            tensors.add(inputs.get(Call.member("Inputs", n)));
        }
        boolean alone = plan.terms.size() == 1;
        String last = alone ? "" : plan.terms.getLast();
        String others = String.join("", alone ? plan.terms : plan.terms.subList(0, plan.terms.size() - 1));
        String summed = plan.summed();
        String batch = new Plan(plan.terms, plan.kept(last, true), plan.sizes).kept(others, true);
        String columns = new Plan(plan.terms, plan.kept(last, true), plan.sizes).kept(others, false);
        String rows = plan.kept(last, false);
        List<Side> left = new ArrayList<>();
        Optional<Side> right = Optional.empty();
        for (int n = 0; n < tensors.size(); n++) {
            boolean isRight = !alone && n == tensors.size() - 1;
            String term = plan.terms.get(n);
            TensorSpec spec = tensors.get(n).spec();
            Side side = new Side(
                    tensors.get(n),
                    positions(plan, term, spec, batch),
                    positions(plan, term, spec, isRight ? columns : rows),
                    positions(plan, term, spec, summed));
            if (isRight) {
                right = Optional.of(side);
            } else {
                left.add(side);
            }
        }
        Optional<Side> other = right;
        ProductOracle.Layout layout = layout(plan, batch, rows, columns, summed);
        DType dtype = tensors.getFirst().dtype();
        if (!dtype.isFloat()) {
            return ProductOracle.ofIntegers(
                    dtype,
                    layout,
                    (b, i, k) ->
                            left.stream().mapToLong(side -> side.whole(b, i, k)).reduce(1, (x, y) -> x * y),
                    (b, j, k) -> other.map(side -> side.whole(b, j, k)).orElse(1L),
                    (sum, element) -> sum);
        }
        Matrix ones = Matrix.zeros().map((run, from, count) -> java.util.Arrays.fill(run, from, from + count, 1));
        // Products of several operands are rounded before they meet the last one.
        boolean rounds = left.size() > 1 && contract.prescaled() instanceof Stored.Wide;
        DType wide = contract.accumulatorType(dtype);
        return ProductOracle.of(
                rounds
                        ? contract.toBuilder()
                                .prescaled(Stored.as(wide))
                                .inputs(ComputeContract.InputRounding.NONE)
                                .build()
                        : contract,
                left.size() > 1 ? wide : dtype,
                dtype,
                dtype,
                layout,
                b -> lines(left, b),
                b -> other.map(side -> lines(List.of(side), b).transposed()).orElse(ones),
                (sum, b, row, column, element) -> {});
    }

    private static ProductOracle.Layout layout(Plan plan, String batch, String rows, String columns, String summed) {
        Map<Character, Long> steps = new LinkedHashMap<>();
        long step = 1;
        String order = batch + rows + columns;
        for (int n = order.length() - 1; n >= 0; n--) {
            steps.put(order.charAt(n), step);
            step *= plan.size(order.charAt(n));
        }
        Shape shape = plan.shape(plan.output);
        long[] along = plan.output
                .chars()
                .mapToLong(c -> steps.getOrDefault((char) c, 0L))
                .toArray();
        return new ProductOracle.Layout(
                shape,
                plan.shape(batch).elements(),
                plan.shape(rows).elements(),
                plan.shape(columns).elements(),
                Math.toIntExact(plan.shape(summed).elements()),
                element -> {
                    long[] at = shape.coordinates(element);
                    long number = 0;
                    for (int axis = 0; axis < at.length; axis++) {
                        number += at[axis] * along[axis];
                    }
                    return number;
                });
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        double terms =
                plan.sizes.values().stream().mapToDouble(size -> (double) size).reduce(1, (x, y) -> x * y);
        return new Cost(Math.max(1, plan.terms.size()) * terms, call.tensorBytes());
    }
}
