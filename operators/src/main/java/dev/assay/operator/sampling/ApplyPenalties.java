package dev.assay.operator.sampling;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Broadcast;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.elementwise.Elementwise;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongToDoubleFunction;

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

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        Rereading right = Rereading.of(call, inputs);
        Tensor logits = inputs.get("logits");
        long tokens = logits.shape().dim(1);
        if (inputs.has("prompt_counts") && inputs.has("output_counts")) {
            Tensor output = inputs.get("output_counts");
            Tensor prompt = inputs.get("prompt_counts");
            all.add(right.input("output_counts", output.dtype(), output.shape(), n -> output.get(n) + prompt.get(n))
                    .as("terms-repeated", "tokens of the prompt count as tokens of the answer"));
        }
        if (inputs.has("repetition")) {
            Tensor repetition = inputs.get("repetition");
            DType wide = logits.dtype() == DType.F64 ? DType.F64 : DType.F32;
            LongToDoubleFunction factor = n -> repetition.get(repetition.shape().elements() == 1 ? 0 : n / tokens);
            LongPredicate counted = n -> count(inputs, "output_counts", n) + count(inputs, "prompt_counts", n) > 0;
            for (DType type : List.of(logits.dtype(), wide)) {
                String where = type == logits.dtype() ? "" : " in " + type;
                all.add(right.input("logits", type, logits.shape(), n -> {
                            double x = logits.get(n);
                            double by = factor.applyAsDouble(n);
                            return counted.test(n) && x < 0 ? x / by / by : x;
                        })
                        .as("scale", "negative logits are divided by the repetition penalty too" + where));
                all.add(right.input("logits", type, logits.shape(), n -> {
                            double x = logits.get(n);
                            double by = factor.applyAsDouble(n);
                            return counted.test(n) && x > 0 ? x * by * by : x;
                        })
                        .as("scale", "positive logits are multiplied by the repetition penalty too" + where));
            }
        }
        return all;
    }

    private static double count(Inputs inputs, String name, long n) {
        return inputs.has(name) ? inputs.get(name).get(n) : 0;
    }
}
