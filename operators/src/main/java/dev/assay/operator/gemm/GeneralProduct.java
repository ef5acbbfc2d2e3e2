package dev.assay.operator.gemm;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Broadcast;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// General matrix product: `Y = alpha · A' · B' + beta · C`, with `A'` and `B'` the operands or their
/// transposes.
///
/// - inputs: `A` is `[m,k]` (`[k,m]` with transA), `B` is `[k,n]` (`[n,k]` with transB); `C`, optional,
///   broadcasts to
///   the output
/// - output: `Y` is `[m,n]`
/// - `beta = 0` takes `C` out of the formula, whatever it holds (BLAS, dgemm); whole numbers wrap, and
///   take whole alpha
///   and beta
/// - source: ONNX Gemm-13
public final class GeneralProduct extends ProductOperator {
    private static final Set<DType> TYPES = types();

    public GeneralProduct() {
        super(
                "gemm",
                "Gemm",
                new About("Y = alpha · A' · B' + beta · C", "ONNX Gemm-13", About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("A", "T", TYPES, "left operand [m,k], or [k,m] with transA"),
                                Parameter.required("B", "T", TYPES, "right operand [k,n], or [n,k] with transB"),
                                Parameter.optional("C", "T", TYPES, "what is added; broadcasts to [m,n]")),
                        List.of(Parameter.required("Y", "T", TYPES, "[m,n]")),
                        List.of(
                                AttributeSpec.real("alpha", 1, "factor of the product"),
                                AttributeSpec.real("beta", 1, "factor of C; with 0 it is not read"),
                                AttributeSpec.integer("transA", 0, "whether A is transposed"),
                                AttributeSpec.integer("transB", 0, "whether B is transposed"))));
    }

    private static Set<DType> types() {
        Set<DType> types = EnumSet.copyOf(Signature.floats());
        types.addAll(List.of(DType.I32, DType.I64, DType.U32, DType.U64));
        return types;
    }

    private record Plan(long m, long n, long k, boolean turnsA, boolean turnsB, double alpha, double beta) {
        Shape output() {
            return Shape.of(m, n);
        }
    }

    private Plan plan(Call call) {
        Shape a = call.input("A").shape();
        Shape b = call.input("B").shape();
        require(a.rank() == 2 && b.rank() == 2, "A is " + a + " and B is " + b, "A and B", "give two matrices");
        boolean turnsA = call.attributes().integer("transA") != 0;
        boolean turnsB = call.attributes().integer("transB") != 0;
        double alpha = call.attributes().real("alpha");
        double beta = call.attributes().real("beta");
        Plan plan = new Plan(
                a.dim(turnsA ? 1 : 0), b.dim(turnsB ? 0 : 1), a.dim(turnsA ? 0 : 1), turnsA, turnsB, alpha, beta);
        long rows = b.dim(turnsB ? 1 : 0);
        require(
                rows == plan.k,
                "the left operand has " + plan.k + " columns, the right one " + rows + " rows",
                "A and B",
                "make them equal");
        if (call.hasInput("C")) {
            Shape c = call.input("C").shape();
            require(
                    c.rank() <= 2
                            && Broadcast.shape(List.of(c, plan.output()), name())
                                    .equals(plan.output()),
                    "C is " + c + ", the product " + plan.output(),
                    "C",
                    "make it broadcast to the product");
        }
        boolean whole = alpha == Math.rint(alpha) && beta == Math.rint(beta);
        require(
                call.input("A").dtype().isFloat() || whole,
                "alpha " + alpha + " and beta " + beta + " of whole numbers",
                "attributes alpha and beta",
                "give whole ones");
        return plan;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("A").dtype(), plan(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        boolean adds = call.hasInput("C") && plan.beta != 0;
        Optional<Tensor> c = adds ? Optional.of(inputs.get("C")) : Optional.empty();
        Broadcast places = Broadcast.of(c.map(Tensor::shape).orElse(Shape.of()), plan.output());
        ProductOracle.Layout layout =
                new ProductOracle.Layout(plan.output(), 1, plan.m, plan.n, Math.toIntExact(plan.k));
        DType dtype = a.dtype();
        if (!dtype.isFloat()) {
            return integers(plan, layout, a, b, c, places);
        }
        Matrix left = matrix(a, plan.turnsA);
        Matrix right = matrix(b, plan.turnsB);
        boolean plain = c.isEmpty() && plan.alpha == 1;
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, dtype);
        Bias bias = new Bias(contract, dtype, plan.k);
        return ProductOracle.of(
                contract,
                dtype,
                plain ? dtype : DType.F64,
                dtype,
                layout,
                batch -> left,
                batch -> right,
                (sum, batch, row, column, element) -> {
                    if (plain) {
                        return;
                    }
                    Optional<Approx> added = c.map(tensor -> {
                        Approx value = arithmetic.of(tensor.get(places.source(element)));
                        return plan.beta == 1 ? value : value.times(plan.beta);
                    });
                    finish(sum, plan.alpha, added, arithmetic, bias, dtype);
                });
    }

    /// Scales a sum and adds to it.
    private static void finish(
            Sum sum, double alpha, Optional<Approx> added, WorkingArithmetic arithmetic, Bias bias, DType output) {
        if (alpha == 0 && !Double.isFinite(sum.value())) {
            // BLAS does not read the operands then, the formula says NaN.
            sum.mark(ExpectedBlock.ANY);
        }
        sum.pass(
                arithmetic,
                alpha,
                x -> {
                    Approx scaled = alpha == 1 ? x : x.times(alpha);
                    return added.map(scaled::plus).orElse(scaled);
                },
                output);
        if (!sum.isExact()) {
            added.ifPresent(value -> sum.disturb(bias.deviation(value.value())));
        }
    }

    private static Matrix matrix(Tensor tensor, boolean turned) {
        Matrix matrix = MatMul.matrix(tensor, tensor.shape(), false, new long[0]);
        return turned ? matrix.transposed() : matrix;
    }

    private static Oracle integers(
            Plan plan, ProductOracle.Layout layout, Tensor a, Tensor b, Optional<Tensor> c, Broadcast places) {
        long[] aSteps = a.spec().strideArray();
        long[] bSteps = b.spec().strideArray();
        int row = plan.turnsA ? 1 : 0;
        int column = plan.turnsB ? 0 : 1;
        long alpha = (long) plan.alpha;
        long beta = (long) plan.beta;
        return ProductOracle.ofIntegers(
                a.dtype(),
                layout,
                (batch, i, k) -> a.dtype().decodeLong(a.codeAt(i * aSteps[row] + k * aSteps[1 - row])),
                (batch, j, k) -> b.dtype().decodeLong(b.codeAt(j * bSteps[column] + k * bSteps[1 - column])),
                (sum, element) -> alpha * sum
                        + c.map(tensor -> beta
                                        * tensor.dtype()
                                                .decodeLong(tensor.codeAt(tensor.position(places.source(element)))))
                                .orElse(0L));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>(ProductReadings.addedTwice(call, inputs, "C"));
        for (String name : List.of("A", "B")) {
            String turns = "trans" + name;
            if (call.attributes().integer(turns) != 0) {
                // The memory of the operand, taken for that of its transpose.
                Tensor given = inputs.get(name);
                Shape turned = Shape.of(given.shape().dim(1), given.shape().dim(0));
                all.add(Rereading.of(call, inputs)
                        .input(name, given.dtype(), turned, given::get)
                        .attribute(turns, new Attribute.Int(0))
                        .as("attribute", turns + " is ignored, and " + name + " read as if it were not transposed"));
            }
        }
        return all;
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        return new Cost(2.0 * plan.m * plan.n * plan.k, call.tensorBytes());
    }

    /// Rows of the product, where A has them as its first dimension.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Plan plan = plan(call);
        if (plan.turnsA || plan.m < 2) {
            return Optional.empty();
        }
        Map<String, Integer> inputs = new HashMap<>(Map.of("A", 0));
        if (call.hasInput("C")) {
            Shape c = call.input("C").shape();
            if (c.rank() == 2 && c.dim(0) == plan.m) {
                inputs.put("C", 0);
            }
        }
        return Optional.of(new BatchAxis(inputs, Map.of("Y", 0)));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Plan plan = plan(call);
        boolean floats = call.input("A").dtype().isFloat();
        return !floats || plan.output().isEmpty() || plan.k == 0
                ? List.of()
                : List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (shape.rank() == 0) {
            return new Fill.Along(1, 1);
        }
        boolean first = switch (input) {
            case "A" -> call.attributes().integer("transA") != 0;
            case "B" -> call.attributes().integer("transB") == 0;
            default -> false;
        };
        return Fill.Along.axis(shape, first ? 0 : -1);
    }
}
