package dev.assay.operator.sampling;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Broadcast;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.elementwise.Elementwise;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Logits with penalties for tokens that were there already, and a temperature.
///
/// ```
/// x = logits > 0 ? logits / repetition : logits · repetition    where prompt_counts + output_counts > 0
/// Y = (x - frequency · output_counts - presence · [output_counts > 0]) / temperature
/// ```
///
/// - what is left out changes nothing; repetition, presence, frequency and temperature are one number to a sequence
/// - a temperature of 0 divides by it: greedy decoding leaves it out
/// - source: vLLM apply_penalties; Keskar et al., CTRL, 2019 (repetition)
public final class ApplyPenalties extends Elementwise {
    private static final Set<DType> COUNTS = Signature.only(DType.I32, DType.I64);
    private static final Set<DType> NUMBERS = Signature.only(DType.F32);
    private static final Set<DType> LOGIT_TYPES = Signature.only(DType.F32, DType.F16, DType.BF16);
    private static final int LOGITS = 0;
    private static final int OUTPUT = 1;
    private static final int PROMPT = 2;
    private static final int REPETITION = 3;
    private static final int PRESENCE = 4;
    private static final int FREQUENCY = 5;
    private static final int TEMPERATURE = 6;

    private static final Map<String, Fill> FILLS = Map.of(
            "output_counts", Fills.of("integers", 0, 2),
            "prompt_counts", Fills.of("integers", 0, 1),
            "repetition", Fills.of("uniform", 1, 1.5),
            "presence", Fills.of("uniform", -0.5, 1.5),
            "frequency", Fills.of("uniform", -0.5, 1.5),
            "temperature", Fills.of("uniform", 0.25, 1.5));

    public ApplyPenalties() {
        super(
                "apply_penalties",
                "",
                about(
                        "Y = (penalised logits - frequency · counts - presence · [counts > 0]) / temperature",
                        "vLLM apply_penalties"),
                new Signature(
                        List.of(
                                Parameter.required("logits", "T", LOGIT_TYPES, "[sequences, tokens]"),
                                Parameter.optional("output_counts", "C", COUNTS, "how often each token was given"),
                                Parameter.optional("prompt_counts", "C", COUNTS, "how often it stood in the prompt"),
                                Parameter.optional("repetition", "R", NUMBERS, "[sequences, 1], 1 for none"),
                                Parameter.optional("presence", "R", NUMBERS, "[sequences, 1], 0 for none"),
                                Parameter.optional("frequency", "R", NUMBERS, "[sequences, 1], 0 for none"),
                                Parameter.optional("temperature", "R", NUMBERS, "[sequences, 1], positive")),
                        List.of(Parameter.required("Y", "T", LOGIT_TYPES, "like logits")),
                        List.of()));
    }

    @Override
    protected void check(Call call) {
        Shape logits = call.input("logits").shape();
        List<Shape> all = call.inputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .map(TensorSpec::shape)
                .toList();
        if (logits.rank() != 2 || !Broadcast.shape(all, name()).equals(logits)) {
            throw new InvalidCallException(
                    "logits " + logits + " among " + all,
                    name() + ", input logits",
                    "give logits [sequences, tokens], counts of that shape and other inputs [sequences, 1]");
        }
    }

    @Override
    protected double flops() {
        return 6;
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        Fill own = FILLS.get(input);
        return own == null ? super.fill(call, input, dataSet) : own;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            double output = value(x, OUTPUT);
            Approx y = x[LOGITS];
            if (isThere(x, REPETITION) && output + value(x, PROMPT) > 0) {
                y = y.value() > 0 ? y.dividedBy(x[REPETITION]) : y.times(x[REPETITION]);
            }
            if (isThere(x, FREQUENCY)) {
                y = y.minus(x[FREQUENCY].times(arithmetic.of(output)));
            }
            if (isThere(x, PRESENCE) && output > 0) {
                y = y.minus(x[PRESENCE]);
            }
            return isThere(x, TEMPERATURE) ? y.dividedBy(x[TEMPERATURE]) : y;
        };
    }

    /// Where a step leaves the range that kernels compute in, what comes of it depends on the order of the steps.
    @Override
    protected boolean isOpen(Approx[] x) {
        double factor = isThere(x, REPETITION) ? Math.abs(x[REPETITION].value()) : 1;
        double largest = Math.abs(x[LOGITS].value()) * Math.max(factor, 1 / factor)
                + Math.abs(value(x, FREQUENCY) * value(x, OUTPUT))
                + Math.abs(value(x, PRESENCE));
        return Double.isFinite(x[LOGITS].value()) && largest > Float.MAX_VALUE / 2;
    }

    private static boolean isThere(Approx[] x, int input) {
        return java.util.Objects.nonNull(x[input]);
    }

    private static double value(Approx[] x, int input) {
        return isThere(x, input) ? x[input].value() : 0;
    }
}
