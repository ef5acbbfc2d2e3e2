package dev.assay.operator.signal;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.OnnxTypes;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Base of the windows that are a sum of cosines: `w[n] = a - b cos(2π n / N) + c cos(4π n / N)`.
///
/// - input: `size` is one number; output `[size]`, of the type that `output_datatype` names by its
///   ONNX number
/// - `N = size` if `periodic`, otherwise `size - 1`
/// - a symmetric window of one element is open: its formula divides by 0
/// - error: the angle is rounded twice, each cosine within `function_ulps`, each term and each sum
///   once
abstract class CosineWindow extends NamedOperator {
    private static final Set<DType> TYPES = Signature.floats();

    private final DoubleDouble[] factors;

    /// @param factors a, b and c
    CosineWindow(String name, String onnxType, String formula, String source, DoubleDouble... factors) {
        super(
                name,
                onnxType,
                new About(formula, source, About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(Parameter.constant(
                                "size", "I", Signature.only(DType.I32, DType.I64), "one number, the window's length")),
                        List.of(Parameter.required("output", "T", TYPES, "[size]")),
                        List.of(
                                AttributeSpec.integer("output_datatype", 1, "ONNX number of the type, 1 for f32"),
                                AttributeSpec.integer("periodic", 1, "1: N = size, 0: N = size - 1"))));
        this.factors = factors.clone();
    }

    static DoubleDouble ratio(int a, int b) {
        return DoubleDouble.of(a).dividedBy(DoubleDouble.of(b));
    }

    private long size(Call call) {
        List<Long> values = call.constants().getOrDefault("size", List.of());
        require(values.size() == 1, "size is " + values, "input size", "give one number");
        require(values.getFirst() >= 0, "size " + values.getFirst(), "input size", "give 0 or more");
        return values.getFirst();
    }

    private DType type(Call call) {
        long number = call.attributes().integer("output_datatype");
        return OnnxTypes.find(number)
                .filter(TYPES::contains)
                .orElseThrow(() -> invalid(
                        "output_datatype " + number,
                        "attribute output_datatype",
                        "give 1 for f32, 10 for f16, 11 for f64 or 16 for bf16"));
    }

    private boolean periodic(Call call) {
        long value = call.attributes().integer("periodic");
        require(value == 0 || value == 1, "periodic " + value, "attribute periodic", "give 0 or 1");
        return value == 1;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        periodic(call);
        return List.of(TensorSpec.of(type(call), size(call)));
    }

    @Override
    public String sizes(Call call) {
        return Long.toString(size(call));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(6.0 * size(call), call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        int size = Math.toIntExact(size(call));
        int period = periodic(call) ? size : size - 1;
        DType dtype = type(call);
        DType working = contract.intermediates().orElse(contract.accumulatorType(dtype));
        double unit = Math.max(working.unitRoundoff(), DType.F64.unitRoundoff());
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return Shape.of(size);
            }

            @Override
            public long cluster(int output) {
                return 1;
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                for (int i = 0; i < into.elements(); i++) {
                    int n = (int) region.start(0) + i;
                    if (period == 0) {
                        into.mark(i, ExpectedBlock.ANY);
                        continue;
                    }
                    ComplexLine roots = ExactDft.roots(period);
                    DoubleDouble sum = DoubleDouble.ZERO;
                    double error = 0;
                    for (int term = 0; term < factors.length; term++) {
                        int place = (int) ((long) term * n % period);
                        DoubleDouble cosine = roots.re()[place];
                        DoubleDouble product = factors[term].times(cosine);
                        sum = term % 2 == 0 ? sum.plus(product) : sum.minus(product);
                        // Of an angle θ: π rounded, two products or quotients; then the cosine, the factor, the
                        // product.
                        double angle = 2 * Math.PI * term * n / period;
                        double slope = Math.min(1, Math.abs(roots.im()[place].hi()) + 4 * unit * angle);
                        double moved = 4 * unit * angle * slope;
                        double own = (2 * contract.functionUlps() + 2) * unit * Math.abs(cosine.hi())
                                + contract.functionUlps() * working.minSubnormal();
                        error += term == 0 ? unit * factors[0].hi() : factors[term].hi() * (moved + own);
                        // Each sum is at most 1 in magnitude, or what its terms come to.
                        error += term == 0 ? 0 : unit;
                    }
                    into.values()[i] = sum.hi();
                    into.lows()[i] = sum.lo();
                    into.allow(i, 0, error);
                }
            }
        };
    }
}
