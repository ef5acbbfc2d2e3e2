package dev.assay.operator;

import dev.assay.HarnessException;
import dev.assay.operator.attention.AttentionOperators;
import dev.assay.operator.conv.ConvOperators;
import dev.assay.operator.elementwise.ElementwiseOperators;
import dev.assay.operator.gemm.GemmOperators;
import dev.assay.operator.gradient.GradientOperators;
import dev.assay.operator.graph.GraphOperators;
import dev.assay.operator.linalg.LinalgOperators;
import dev.assay.operator.loss.LossOperators;
import dev.assay.operator.moe.MoeOperators;
import dev.assay.operator.movement.MovementOperators;
import dev.assay.operator.norm.NormOperators;
import dev.assay.operator.optimizer.OptimizerOperators;
import dev.assay.operator.position.PositionOperators;
import dev.assay.operator.quantization.QuantizationOperators;
import dev.assay.operator.reduction.ReductionOperators;
import dev.assay.operator.sampling.SamplingOperators;
import dev.assay.operator.science.ScienceOperators;
import dev.assay.operator.sequence.SequenceOperators;
import dev.assay.operator.signal.SignalOperators;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The catalogue: every operator, by name. Each family keeps its own list.
public final class Operators {
    private static final Map<String, List<Operator>> FAMILIES = families(Map.ofEntries(
            Map.entry("attention", AttentionOperators.ALL),
            Map.entry("conv", ConvOperators.ALL),
            Map.entry("elementwise", ElementwiseOperators.ALL),
            Map.entry("gemm", GemmOperators.ALL),
            Map.entry("gradient", GradientOperators.ALL),
            Map.entry("graph", GraphOperators.ALL),
            Map.entry("linalg", LinalgOperators.ALL),
            Map.entry("loss", LossOperators.ALL),
            Map.entry("moe", MoeOperators.ALL),
            Map.entry("movement", MovementOperators.ALL),
            Map.entry("norm", NormOperators.ALL),
            Map.entry("optimizer", OptimizerOperators.ALL),
            Map.entry("position", PositionOperators.ALL),
            Map.entry("quantization", QuantizationOperators.ALL),
            Map.entry("reduction", ReductionOperators.ALL),
            Map.entry("sampling", SamplingOperators.ALL),
            Map.entry("science", ScienceOperators.ALL),
            Map.entry("sequence", SequenceOperators.ALL),
            Map.entry("signal", SignalOperators.ALL)));

    private static final Map<String, Operator> ALL = catalogue(FAMILIES.values());

    private Operators() {}

    private static Map<String, List<Operator>> families(Map<String, List<Operator>> families) {
        Map<String, List<Operator>> sorted = new TreeMap<>();
        families.forEach((family, operators) -> sorted.put(
                family,
                operators.stream().sorted(Comparator.comparing(Operator::name)).toList()));
        return Collections.unmodifiableMap(sorted);
    }

    private static Map<String, Operator> catalogue(Collection<List<Operator>> families) {
        Map<String, Operator> byName = new TreeMap<>();
        for (Operator operator : families.stream().flatMap(List::stream).toList()) {
            if (byName.put(operator.name(), operator) != null) {
                throw new IllegalStateException("two operators are called " + operator.name());
            }
        }
        return Collections.unmodifiableMap(byName);
    }

    /// All operators by what they are about, such as `attention`; families and operators in the order of their names.
    public static Map<String, List<Operator>> families() {
        return FAMILIES;
    }

    /// All operators, in the order of their names.
    public static Collection<Operator> all() {
        return ALL.values();
    }

    public static boolean has(String name) {
        return ALL.containsKey(name);
    }

    /// Throws [HarnessException] that lists the names there are.
    public static Operator named(String name, String where) {
        Operator operator = ALL.get(name);
        if (operator == null) {
            throw new HarnessException("no operator '" + name + "'", where, "use one of " + ALL.keySet());
        }
        return operator;
    }
}
