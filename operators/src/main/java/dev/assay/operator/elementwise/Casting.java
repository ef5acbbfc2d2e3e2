package dev.assay.operator.elementwise;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;

/// What `cast` and `cast_like` have in common.
///
/// - floats to floats: nearest, ties to even; what is too large for a type of up to 8 bits becomes its largest
///   value with `saturate`, otherwise an infinity or NaN, whichever the type has
/// - NaN to a type that has none is left open
/// - to `e8m0`: the power of two above, below or nearest by `round_mode`; 0 becomes the smallest; what is
///   negative is left open
/// - floats to integers: cut off toward zero; what does not fit, and NaN, is left open
/// - integers to integers: the low bits; to bool: whether it is not zero
public abstract class Casting extends Elementwise {
    static final AttributeSpec SATURATE = AttributeSpec.integer(
            "saturate", 1, "1: what is too large for a type of 8 bits becomes its largest value; 0: infinity or NaN");
    static final AttributeSpec ROUND_MODE = new AttributeSpec(
            "round_mode",
            Attribute.Text.class,
            Optional.of(new Attribute.Text("up")),
            "up, down or nearest, for casts to e8m0");

    Casting(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    /// The type that is cast to.
    abstract DType target(Call call);

    @Override
    protected final DType outputType(Call call) {
        return target(call);
    }

    @Override
    protected void check(Call call) {
        long saturate = call.attributes().integer("saturate");
        require(saturate == 0 || saturate == 1, "saturate " + saturate, "attribute saturate", "give 0 or 1");
        String mode = call.attributes().text("round_mode");
        require(
                List.of("up", "down", "nearest").contains(mode),
                "round_mode '" + mode + "'",
                "attribute round_mode",
                "give up, down or nearest");
        target(call);
    }

    @Override
    protected final Formula formula(Call call, WorkingArithmetic arithmetic) {
        DType to = target(call);
        boolean saturate = call.attributes().integer("saturate") == 1;
        String mode = call.attributes().text("round_mode");
        boolean fromFloat =
                call.inputs().getFirst().spec().orElseThrow().dtype().isFloat();
        return x -> {
            double value = x[0].value();
            if (to == DType.BOOL) {
                return arithmetic.of(value == 0 ? 0 : 1);
            }
            if (!to.isFloat()) {
                boolean open = !fits(value, to);
                return open ? arithmetic.anything() : arithmetic.of(value < 0 ? Math.ceil(value) : Math.floor(value));
            }
            if (to == DType.E8M0) {
                return powerOfTwo(x[0], mode, saturate, arithmetic);
            }
            if (Double.isNaN(value) && !to.hasNan()) {
                return arithmetic.anything();
            }
            boolean narrow = to.bits() <= 8;
            // Integers beyond 2^53 have a low part; the final rounding sees it.
            return narrow || fromFloat ? arithmetic.of(NearestCode.of(value, to, saturate && narrow)) : x[0];
        };
    }

    private static boolean fits(double value, DType to) {
        double least = to.kind() == DType.Kind.SIGNED ? -Math.scalb(1.0, to.bits() - 1) : 0;
        double most = Math.scalb(1.0, to.kind() == DType.Kind.SIGNED ? to.bits() - 1 : to.bits());
        double whole = value < 0 ? Math.ceil(value) : Math.floor(value);
        return whole >= least && whole < most;
    }

    private static Approx powerOfTwo(Approx x, String mode, boolean saturate, WorkingArithmetic arithmetic) {
        double value = x.value();
        if (Double.isNaN(value)) {
            return arithmetic.of(Double.NaN);
        }
        if (value < 0) {
            return arithmetic.anything();
        }
        double smallest = DType.E8M0.minSubnormal();
        double largest = DType.E8M0.maxFinite();
        if (value > largest) {
            return arithmetic.of(saturate ? largest : Double.NaN);
        }
        if (value <= smallest) {
            return arithmetic.of(smallest);
        }
        double below = Math.scalb(1.0, Math.getExponent(value));
        if (value == below && x.low() < 0) {
            below /= 2;
        }
        boolean power = value == below && x.low() == 0;
        double above = power ? below : 2 * below;
        double nearest = value - below < above - value ? below : above;
        double chosen = mode.equals("up") ? above : mode.equals("down") ? below : nearest;
        return arithmetic.of(chosen > largest ? (saturate ? largest : Double.NaN) : chosen);
    }

    @Override
    protected final IntegerFormula integerFormula(Call call) {
        boolean truth = target(call) == DType.BOOL;
        return x -> truth ? (x[0] == 0 ? 0 : 1) : x[0];
    }
}
