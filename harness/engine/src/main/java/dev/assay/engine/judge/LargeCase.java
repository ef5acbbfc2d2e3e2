package dev.assay.engine.judge;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Cases whose reference costs too much to be computed in full.
public final class LargeCase {
    /// Beyond this a reference is only sampled unless more is asked for: about 15 seconds on two cores.
    public static final double LARGEST_REFERENCE_FLOPS = 1.5e11;

    private static final long GUARD_SEED = 0xC0DE;

    private LargeCase() {}

    /// Whether a call is judged by samples and sums.
    ///
    /// @param limit flops up to which references are computed in full
    public static boolean is(Operator operator, Call call, double limit) {
        return operator.cheapCost(call).isPresent() && operator.referenceFlops(call) > limit;
    }

    /// Runs the kernel once on inputs on which it only moves data, and holds every element against what it must be.
    static List<Finding> coded(Backend backend, Subject subject, ComputeContract contract, Oracle oracle) {
        Optional<String> fill = recipe(subject.call(), oracle);
        if (fill.isEmpty() || subject.dataSets().isEmpty()) {
            return List.of();
        }
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = subject.dataSets().get().inputs(subject.call(), fill.get(), arena);
            try (DeviceCall device = DeviceCall.prepare(backend, subject.call(), inputs, false)) {
                device.arm(Poison.NAN, GUARD_SEED);
                device.launch().run();
                List<String> damage = device.damage(GUARD_SEED);
                if (!damage.isEmpty()) {
                    return List.of(Finding.of(MemoryLayer.CODE, "on " + fill.get() + ": " + String.join("; ", damage)));
                }
                Oracle known = subject.operator().oracle(subject.call(), new Inputs(inputs), contract);
                List<Comparison> comparisons =
                        Comparison.all(subject.call(), contract, known, device.readOutputs(arena), false, true);
                List<Finding> findings = new ArrayList<>();
                for (Comparison comparison : comparisons) {
                    for (Comparison.Mismatch kind : Comparison.Mismatch.values()) {
                        Comparison.Wrong wrong = comparison.tally().wrong(kind);
                        if (wrong.count > 0) {
                            findings.add(ElementLayer.EXACTNESS.finding(comparison, wrong, "on " + fill.get() + ": "));
                        }
                    }
                }
                return findings;
            }
        }
    }

    private static Optional<String> recipe(Call call, Oracle oracle) {
        for (int position = 0; position < call.outputs().size(); position++) {
            if (call.outputs().get(position).spec().isPresent()) {
                Optional<String> fill = oracle.cheap(position).flatMap(CheapOracle::coded);
                if (fill.isPresent()) {
                    return fill;
                }
            }
        }
        return Optional.empty();
    }

    /// What was looked at: `sampled: 589,824 of 67,108,864 elements of Y, 1,048,576 sums over it`.
    static String told(List<Comparison> comparisons) {
        return comparisons.stream()
                .filter(Comparison::isSampled)
                .map(comparison -> String.format(
                        Locale.ROOT,
                        "sampled: %,d of %,d elements of %s%s",
                        comparison.tally().elements,
                        comparison.shape().elements(),
                        comparison.output(),
                        comparison
                                .projected()
                                .map(sums -> String.format(Locale.ROOT, ", and %,d sums over all", sums.count()))
                                .orElse("")))
                .collect(Collectors.joining("; "));
    }
}
