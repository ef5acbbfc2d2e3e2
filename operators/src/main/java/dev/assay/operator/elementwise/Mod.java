package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.List;

/// Remainder: `C = A mod B, with the sign of B; with fmod that of A`.
///
/// - source: ONNX Mod-13
public final class Mod extends Elementwise {
    private final boolean ofDivisor;

    public Mod() {
        this(false);
    }

    /// @param ofDivisor whether fractions have the sign of the divisor, as a wrong kernel may have it
    private Mod(boolean ofDivisor) {
        super(
                "mod",
                "Mod",
                exact("C = A mod B, with the sign of B; with fmod that of A", "ONNX Mod-13"),
                binary(
                        Signature.numbers(),
                        AttributeSpec.integer(
                                "fmod",
                                0,
                                "1: the sign of the dividend, as C has it; floating-point operands need it")));
        this.ofDivisor = ofDivisor;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            double by = x[1].value();
            double rest = x[0].value() % by;
            return arithmetic.of(ofDivisor && rest != 0 && rest < 0 != by < 0 ? rest + by : rest);
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return call.input("A").dtype().isFloat()
                ? List.of(Rereading.of(call, inputs)
                        .as("sign", "the remainder has the sign of the divisor")
                        .by(new Mod(true)))
                : List.of();
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        boolean fmod = call.attributes().integer("fmod") == 1;
        return x -> unsigned ? Long.remainderUnsigned(x[0], x[1]) : fmod ? x[0] % x[1] : Math.floorMod(x[0], x[1]);
    }

    @Override
    protected void check(Call call) {
        long fmod = call.attributes().integer("fmod");
        boolean floats = call.input("A").dtype().isFloat();
        require(
                fmod == 1 || (fmod == 0 && !floats),
                "fmod " + fmod,
                "attribute fmod",
                floats ? "give 1" : "give 0 or 1");
    }

    /// What an integer leaves that is divided by 0 is left open.
    @Override
    protected boolean isOpen(long[] x) {
        return x[1] == 0;
    }
}
