package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.List;
import java.util.Set;

/// Power: `Z = X^Y`, of the type of X whatever that of the exponent is.
///
/// - integers wrap; a negative power of one is left open
/// - an integer to a floating-point power is cut off to a whole number; next to one either neighbour will do, for the
///   power itself is only right to a few ulps
/// - source: ONNX Pow-15
public final class Pow extends Elementwise {
    private static final double WHOLE = 1e-5;

    public Pow() {
        super(
                "pow",
                "Pow",
                about("Z = X^Y, of the type of X", "ONNX Pow-15"),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", bases(), "base"),
                                Parameter.required("Y", "T1", Signature.numbers(), "exponent, broadcasts with X")),
                        List.of(Parameter.required("Z", "T", bases(), "the common shape")),
                        List.of()));
    }

    private static Set<DType> bases() {
        return Signature.union(Signature.floats(), Signature.only(DType.I32, DType.I64));
    }

    @Override
    protected double flops() {
        return 20;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        boolean whole = !call.input("X").dtype().isFloat();
        return x -> {
            double power = Math.pow(x[0].value(), x[1].value());
            if (!whole) {
                double exponent = x[1].value();
                return x[0].monotonic(base -> Math.pow(base, exponent));
            }
            boolean near = Math.abs(power - Math.rint(power)) <= WHOLE * Math.max(1, Math.abs(power));
            double cut = power < 0 ? Math.ceil(power) : Math.floor(power);
            return near ? arithmetic.within(Math.rint(power), 1) : arithmetic.of(cut);
        };
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> power(x[0], x[1]);
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            result = (rest & 1) != 0 ? result * square : result;
            square *= square;
        }
        return result;
    }

    @Override
    protected boolean isOpen(long[] x) {
        return x[1] < 0;
    }

    /// Positive bases and small exponents in everyday data.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (!call.input(input).dtype().isFloat()) {
            return Fills.of("integers", input.equals("X") ? 1 : 0, 4);
        }
        return Fills.nameOf(dataSet).equals("normal") ? Fills.of("uniform", 0.5, 3) : super.fill(call, input, dataSet);
    }
}
