package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.Sizes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Matrix product: `Y[..,i,j] = Σₖ A[..,i,k]·B[..,k,j]`.
///
/// - inputs: `A` is `[..,m,k]`, `B` is `[..,k,n]`, same dtype; leading dimensions broadcast against each
///     other; a
///   vector `A` is a row, a vector `B` a column, and the dimension that this adds is taken away from the
///   output
/// - output: `Y` is `[..,m,n]`, dtype of the inputs; `k = 0` gives zeros
/// - transposed operands are strided inputs: `B` with strides `[1,k]` is stored `[n,k]`
/// - source: ONNX MatMul-13 (`numpy.matmul`)
public final class MatMul implements Operator {
    private static final int TILE = 1024;
    /// Elements of operands that are copied for a misreading.
    private static final long MOST_COPIED = 1 << 23;

    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("MatMul");
    }

    @Override
    public About about() {
        return new About("Y = A · B", "ONNX MatMul-13", About.Errors.REDUCTION);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("A", "T", Signature.floats(), "left operand [..,m,k], or a row [k]"),
                        Parameter.required("B", "T", Signature.floats(), "right operand [..,k,n], or a column [k]")),
                List.of(Parameter.required("Y", "T", Signature.floats(), "product [..,m,n]")),
                List.of());
    }

    /// Sizes of a product, with the dimensions that vectors lack put in.
    record Plan(Shape a, Shape b, Shape batch, long m, long n, long k, boolean rowVector, boolean columnVector) {

        static Plan of(Call call) {
            return of(call.input("A").shape(), call.input("B").shape(), "matmul");
        }

        static Plan of(Shape a, Shape b, String where) {
            if (a.rank() == 0 || b.rank() == 0) {
                throw new InvalidCallException(
                        "A is " + a + " and B is " + b, where, "give each at least one dimension");
            }
            boolean rowVector = a.rank() == 1;
            boolean columnVector = b.rank() == 1;
            Shape left = rowVector ? Shape.of(1).concat(a) : a;
            Shape right = columnVector ? b.concat(Shape.of(1)) : b;
            if (left.dim(-1) != right.dim(-2)) {
                throw new InvalidCallException(
                        "A " + a + " has " + left.dim(-1) + " columns, B " + b + " has " + right.dim(-2) + " rows",
                        where,
                        "make the last dimension of A equal the last but one of B");
            }
            Shape batch = broadcast(left.slice(0, left.rank() - 2), right.slice(0, right.rank() - 2), a, b, where);
            return new Plan(left, right, batch, left.dim(-2), right.dim(-1), left.dim(-1), rowVector, columnVector);
        }

        private static Shape broadcast(Shape left, Shape right, Shape a, Shape b, String where) {
            int rank = Math.max(left.rank(), right.rank());
            long[] dims = new long[rank];
            for (int i = 0; i < rank; i++) {
                int fromLeft = i - (rank - left.rank());
                int fromRight = i - (rank - right.rank());
                long x = fromLeft < 0 ? 1 : left.dim(fromLeft);
                long y = fromRight < 0 ? 1 : right.dim(fromRight);
                if (x != y && x != 1 && y != 1) {
                    throw new InvalidCallException(
                            "leading dimensions of A " + a + " and B " + b + " do not broadcast",
                            where,
                            "make them equal, or 1");
                }
                dims[i] = x == 1 ? y : x;
            }
            return Shape.of(dims);
        }

        Shape output() {
            Shape shape = batch;
            shape = rowVector ? shape : shape.concat(Shape.of(m));
            return columnVector ? shape : shape.concat(Shape.of(n));
        }
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("A").dtype(), Plan.of(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(Plan.of(call), inputs.get("A"), inputs.get("B"), contract);
    }

    private static final class Reference implements Oracle {
        private final Plan plan;
        private final Tensor a;
        private final Tensor b;
        private final Products products;
        private long[] latestAt = new long[0];
        private @Nullable Operands latest;

        Reference(Plan plan, Tensor a, Tensor b, ComputeContract contract) {
            this.plan = plan;
            this.a = a;
            this.b = b;
            this.products = new Products(
                    contract,
                    a.dtype(),
                    RuleConstants.lambda(plan.output().elements()),
                    new Products.Whole(
                            plan.batch().elements(),
                            number -> matrix(
                                    a, plan.a(), plan.rowVector(), plan.batch().coordinates(number)),
                            number -> matrix(b, plan.b(), false, plan.batch().coordinates(number)),
                            plan.m(),
                            plan.n(),
                            Math.toIntExact(plan.k())));
        }

        @Override
        public Shape shape(int output) {
            return plan.output();
        }

        /// Each element is a sum of its own; a few at a time only save room.
        @Override
        public long cluster(int output) {
            return 16;
        }

        /// Tiles of about a thousand rows and columns: both operands are read once for every thousand
        /// results.
        @Override
        public Iterable<Region> regions(int output) {
            long rows = Math.min(plan.m(), TILE);
            long columns = Math.min(plan.n(), ExpectedBlock.USUAL_CAPACITY / Math.max(1, rows));
            List<Region> tiles = new ArrayList<>();
            if (plan.output().isEmpty()) {
                return tiles;
            }
            for (long batch = 0; batch < plan.batch().elements(); batch++) {
                long[] at = plan.batch().coordinates(batch);
                for (long i = 0; i < plan.m(); i += rows) {
                    for (long j = 0; j < plan.n(); j += columns) {
                        tiles.add(tile(at, i, j, Math.min(rows, plan.m() - i), Math.min(columns, plan.n() - j)));
                    }
                }
            }
            return tiles;
        }

        @Override
        public Optional<CheapOracle> cheap(int output) {
            LargeProduct.Operands operands = at ->
                    new LargeProduct.Pair(matrix(a, plan.a(), plan.rowVector(), at), matrix(b, plan.b(), false, at));
            return LargeProduct.of(plan, operands, products, a, b);
        }

        private Region tile(long[] batch, long i, long j, long rows, long columns) {
            int rank = plan.output().rank();
            long[] start = Arrays.copyOf(batch, rank);
            long[] size = new long[rank];
            Arrays.fill(size, 0, batch.length, 1);
            int axis = batch.length;
            if (!plan.rowVector()) {
                start[axis] = i;
                size[axis++] = rows;
            }
            if (!plan.columnVector()) {
                start[axis] = j;
                size[axis] = columns;
            }
            return Region.of(start, size);
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            int batchRank = plan.batch().rank();
            int axis = batchRank;
            long i = plan.rowVector() ? 0 : region.start(axis);
            int rows = plan.rowVector() ? 1 : Math.toIntExact(region.size().dim(axis++));
            long j = plan.columnVector() ? 0 : region.start(axis);
            int columns =
                    plan.columnVector() ? 1 : Math.toIntExact(region.size().dim(axis));
            Shape batches = region.size().slice(0, batchRank);
            for (long number = 0; number < batches.elements(); number++) {
                long[] at = batches.coordinates(number);
                for (int d = 0; d < batchRank; d++) {
                    at[d] += region.start(d);
                }
                int to = Math.toIntExact(number * rows * columns);
                if (Operands.areSmall(plan.m(), plan.n(), plan.k())) {
                    Operands whole = operands(at);
                    products.expect(whole, Math.toIntExact(i), Math.toIntExact(j), rows, columns, into, to);
                } else {
                    products.expect(
                            matrix(a, plan.a(), plan.rowVector(), at).from(i, 0),
                            matrix(b, plan.b(), false, at).from(0, j),
                            rows,
                            columns,
                            Math.toIntExact(plan.k()),
                            into,
                            to);
                }
            }
        }

        /// The operands at some batch coordinates; those that were asked for last are kept.
        private synchronized Operands operands(long[] at) {
            if (latest == null || !Arrays.equals(at, latestAt)) {
                latest = products.operands(
                        matrix(a, plan.a(), plan.rowVector(), at),
                        matrix(b, plan.b(), false, at),
                        Math.toIntExact(plan.m()),
                        Math.toIntExact(plan.n()),
                        Math.toIntExact(plan.k()));
                latestAt = at.clone();
            }
            return latest;
        }
    }

    /// The matrix at some batch coordinates; dimensions of size 1 repeat.
    static Matrix matrix(Tensor tensor, Shape shape, boolean row, long[] at) {
        long[] strides = tensor.spec().strideArray();
        boolean vector = tensor.shape().rank() == 1;
        long rowStride = vector ? (row ? 0 : strides[0]) : strides[strides.length - 2];
        long columnStride = vector ? (row ? strides[0] : 0) : strides[strides.length - 1];
        long position = 0;
        int batchRank = shape.rank() - 2;
        for (int d = 0; d < batchRank; d++) {
            long coordinate = shape.dim(d) == 1 ? 0 : at[at.length - batchRank + d];
            position += coordinate * strides[d];
        }
        return Matrix.of(tensor, position, rowStride, columnStride);
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = Plan.of(call);
        return new Cost(2.0 * plan.batch().elements() * plan.m() * plan.n() * plan.k(), call.tensorBytes());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        return Optional.of(
                new Cost(LargeProduct.flops(Plan.of(call), call.input("A").dtype()), call.tensorBytes()));
    }

    @Override
    public String sizes(Call call) {
        Plan plan = Plan.of(call);
        boolean plain = plan.a().rank() == 2 && plan.b().rank() == 2 && !plan.rowVector() && !plan.columnVector();
        String sizes = plain ? "m" + plan.m() + ".n" + plan.n() + ".k" + plan.k() : Sizes.ofInputs(call);
        return sizes + Sizes.ofLayouts(call);
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean right = input.equals("B");
        return switch (Fills.nameOf(dataSet)) {
            case "cancelling", "annulling" -> right ? Fills.of("repeating") : dataSet;
            case "outliers" -> right ? Fills.of("normal", 0, 0.02) : dataSet;
            case "overflow" -> right ? Fills.of("overflow-partner") : dataSet;
            case "one-hot" -> right ? Fills.of("full-mantissa") : dataSet;
            case "full-mantissa" -> right ? Fills.of("one-hot") : dataSet;
            case "ties" -> right ? Fills.of("ties-partner") : dataSet;
            case "subnormals" -> right ? Fills.of("subnormals-partner") : dataSet;
            case "partials" ->
                right ? Fills.parse(dataSet.name().replace("partials", "partials-partner"), name()) : dataSet;
            case "selection" -> right ? Fills.of("integers", -128, 127) : dataSet;
            default -> Operator.super.fill(call, input, dataSet);
        };
    }

    /// Whole numbers and selections have one right answer under any contract; the others are asked where
    /// the
    /// contract leaves them one.
    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        DType dtype = call.input("A").dtype();
        long depth = Plan.of(call).k();
        List<Probe> probes = new ArrayList<>();
        if (depth == 0 || Plan.of(call).output().isEmpty()) {
            return probes;
        }
        probes.add(new Probe("integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
        String rounded = "operands lose bits before they are multiplied, or results land in the wrong place";
        probes.add(new Probe("one-hot", dtype.precision() > 11, rounded));
        probes.add(new Probe("full-mantissa", dtype.precision() > 11, rounded));
        int bits = Products.exactPrecision(contract, dtype);
        // With more bits a sum would be no f16.
        int filled = dtype == DType.F16 ? Math.min(18, bits) : bits;
        if (bits > 1) {
            probes.add(new Probe("accumulator(" + filled + ")", true, "sums are kept in fewer bits than declared"));
        }
        boolean wide = bits == contract.accumulatorType(dtype).precision()
                && bits >= dtype.precision()
                && !(contract.accumulator() instanceof Accumulator.Aligned);
        if (wide && contract.accumulatorRounding() == Rounding.NEAREST_EVEN && depth > 1) {
            probes.add(new Probe("ties", true, "sums or results are not rounded once, to nearest even"));
        }
        if (bits > 1 && depth > 3) {
            probes.add(
                    new Probe("partials(" + bits + ")", true, "partial sums are stored in fewer bits than declared"));
        }
        if (!contract.flushesInputs() && !contract.flushesOutputs() && dtype != DType.F64) {
            probes.add(new Probe("subnormals", true, "numbers below the normal range are taken for zero"));
        }
        if (dtype == DType.F16 && Accumulation.largest(contract, dtype) > dtype.maxFinite() && depth > 1) {
            probes.add(new Probe("overflow", true, "sums are kept in a type of smaller range than declared"));
        }
        return probes;
    }

    @Override
    public Optional<String> orderData(Call call) {
        return Plan.of(call).k() > 3 ? Optional.of("annulling") : Optional.empty();
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("A", 2), Map.of("Y", 2)), new Scaling(Map.of("B", -1), Map.of("Y", -1)));
    }

    /// The rows of `A`, or the first dimension of the batch where there is one.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Plan plan = Plan.of(call);
        if (plan.rowVector() || plan.output().rank() == 0) {
            return Optional.empty();
        }
        if (plan.batch().rank() == 0) {
            return Optional.of(new BatchAxis(Map.of("A", 0), Map.of("Y", 0)));
        }
        long size = plan.batch().dim(0);
        Map<String, Integer> inputs = new HashMap<>();
        boolean simple = true;
        for (String name : List.of("A", "B")) {
            Shape shape = call.input(name).shape();
            boolean has =
                    shape.rank() - (shape.rank() == 1 ? 1 : 2) == plan.batch().rank();
            if (has && shape.dim(0) == size) {
                inputs.put(name, 0);
            } else {
                simple &= !has || size > 1;
            }
        }
        return simple ? Optional.of(new BatchAxis(inputs, Map.of("Y", 0))) : Optional.empty();
    }

    /// Layouts, batches and positions that are read wrongly, and operands that lose bits before they are
    /// multiplied.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Plan plan = Plan.of(call);
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        if (plan.output().isEmpty() || plan.k() == 0) {
            return all;
        }
        layouts(call, inputs, right, all);
        batches(plan, inputs, right, all);
        for (int bits = 8; bits <= 16; bits++) {
            long mask = (1L << bits) - 1;
            if (plan.k() > mask + 1 && plan.a().elements() + plan.b().elements() < MOST_COPIED) {
                all.add(along(along(right, inputs, "A", mask), inputs, "B", mask)
                        .as("misplaced", "positions along k are kept in " + bits + " bits"));
            }
        }
        narrowed(inputs, right, all);
        return all;
    }

    private static void layouts(Call call, Inputs inputs, Rereading right, List<Misreading> all) {
        Rereading dense = right;
        for (String name : List.of("A", "B")) {
            TensorSpec spec = call.input(name);
            Tensor tensor = inputs.get(name);
            if (!spec.isDense()
                    && TensorSpec.dense(spec.dtype(), spec.shape()).byteSize()
                            <= tensor.memory().byteSize()) {
                Tensor asDense = Tensor.of(TensorSpec.dense(spec.dtype(), spec.shape()), tensor.memory());
                dense = dense.input(name, asDense);
                all.add(right.input(name, asDense).as("strides-ignored", name + " is read as if it were dense"));
            }
        }
        if (dense != right) {
            all.addFirst(dense.as("strides-ignored", "operands are read as if they were dense"));
        }
        for (String name : List.of("A", "B")) {
            TensorSpec spec = call.input(name);
            Shape shape = spec.shape();
            if (spec.isDense() && shape.rank() >= 2 && shape.dim(-1) > 1 && shape.dim(-2) > 1) {
                long[] strides = spec.strideArray();
                strides[strides.length - 1] = shape.dim(-2);
                strides[strides.length - 2] = 1;
                TensorSpec turned = new TensorSpec(
                        spec.dtype(), shape, Arrays.stream(strides).boxed().toList());
                all.add(right.input(name, Tensor.of(turned, inputs.get(name).memory()))
                        .as("misplaced", name + " is read as if it were stored transposed"));
            }
        }
        Shape a = call.input("A").shape();
        if (a.rank() >= 2 && a.equals(call.input("B").shape()) && a.dim(-1) == a.dim(-2)) {
            all.add(right.input("A", inputs.get("B"))
                    .input("B", inputs.get("A"))
                    .as("misplaced", "the operands are exchanged"));
        }
    }

    /// Matrices of a batch that are taken from a wrong place.
    private static void batches(Plan plan, Inputs inputs, Rereading right, List<Misreading> all) {
        Shape batch = plan.batch();
        if (batch.elements() < 2 || plan.output().elements() > MOST_COPIED) {
            return;
        }
        for (String name : List.of("A", "B")) {
            Tensor tensor = inputs.get(name);
            Shape shape = tensor.shape();
            if (shape.rank() <= 2) {
                continue;
            }
            Shape matrix = shape.slice(shape.rank() - 2, shape.rank());
            long count = shape.elements() / matrix.elements();
            Shape full = batch.concat(matrix);
            if (count < 2 || full.elements() > MOST_COPIED) {
                continue;
            }
            all.add(right.input(name, tensor.dtype(), full, n -> tensor.get(n % matrix.elements()))
                    .as("misplaced", "every matrix of the batch is multiplied with the first of " + name));
            all.add(right.input(name, tensor.dtype(), full, n -> tensor.get(n % shape.elements()))
                    .as("misplaced", "the matrices of " + name + " are taken in turn along the batch"));
            long repeats = Math.max(1, batch.elements() / count);
            all.add(right.input(
                            name,
                            tensor.dtype(),
                            full,
                            n -> tensor.get(Math.min(count - 1, n / matrix.elements() / repeats) * matrix.elements()
                                    + n % matrix.elements()))
                    .as("misplaced", "each matrix of " + name + " is used for neighbours in the batch"));
            all.add(right.input(
                            name,
                            tensor.dtype(),
                            full,
                            n -> tensor.get(
                                    (n / matrix.elements() + 1) % count * matrix.elements() + n % matrix.elements()))
                    .as("misplaced", "matrices of " + name + " are taken one place further in the batch"));
        }
    }

    private static Rereading along(Rereading reading, Inputs inputs, String name, long mask) {
        Tensor tensor = inputs.get(name);
        Shape shape = tensor.shape();
        boolean rows = name.equals("B") && shape.rank() > 1;
        long pitch = rows ? shape.dim(-1) : 1;
        long size = shape.dim(rows ? -2 : -1);
        return reading.input(name, tensor.dtype(), shape, n -> {
            long k = n / pitch % size;
            return tensor.get(n + ((k & mask) - k) * pitch);
        });
    }

    /// Operands that lose their low bits, or their subnormal numbers.
    private static void narrowed(Inputs inputs, Rereading right, List<Misreading> all) {
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        if (a.shape().elements() + b.shape().elements() > MOST_COPIED) {
            return;
        }
        Map<String, DoubleUnaryOperator> roundings = new LinkedHashMap<>();
        if (a.dtype() == DType.F32 || a.dtype() == DType.F64) {
            roundings.put("rounded to tf32", x -> InputRoundings.round(InputRounding.TF32, x));
            roundings.put("cut off to tf32", x -> InputRoundings.round(InputRounding.TF32_TOWARD_ZERO, x));
            roundings.put(
                    "cut off to bf16", x -> Float.intBitsToFloat(Float.floatToRawIntBits((float) x) & 0xFFFF0000));
        }
        if (a.dtype() != DType.BF16) {
            roundings.put("rounded to bf16", DType.BF16::round);
        }
        if (a.dtype() != DType.F16) {
            roundings.put("rounded to f16", DType.F16::round);
        }
        if (a.dtype() == DType.F64) {
            roundings.put("rounded to f32", DType.F32::round);
        }
        double smallest = a.dtype().minNormal();
        roundings.put("without subnormal numbers", x -> Math.abs(x) < smallest ? 0 : x);
        roundings.forEach((how, round) -> {
            boolean left = changes(a, round);
            boolean other = changes(b, round);
            String cause = how.startsWith("without") ? "flushed-subnormals" : "narrow-inputs";
            if (left && other) {
                all.add(rounded(rounded(right, "A", a, round), "B", b, round).as(cause, "operands are read " + how));
            }
            if (left) {
                all.add(rounded(right, "A", a, round).as(cause, "A is read " + how));
            }
            if (other) {
                all.add(rounded(right, "B", b, round).as(cause, "B is read " + how));
            }
        });
    }

    private static boolean changes(Tensor tensor, DoubleUnaryOperator round) {
        long elements = tensor.shape().elements();
        for (long i = 0; i < elements; i++) {
            double value = tensor.get(i);
            if (Double.isFinite(value) && round.applyAsDouble(value) != value) {
                return true;
            }
        }
        return false;
    }

    private static Rereading rounded(Rereading reading, String name, Tensor tensor, DoubleUnaryOperator round) {
        return reading.input(name, tensor.dtype(), tensor.shape(), n -> {
            double value = tensor.get(n);
            return Double.isFinite(value) ? round.applyAsDouble(value) : value;
        });
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return Fill.Along.axis(shape, input.equals("B") && shape.rank() > 1 ? -2 : -1);
    }
}
