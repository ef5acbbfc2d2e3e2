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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The catalogue: every operator, by name. Each family keeps its own list.
public final class Operators {
    private static final Map<String, Operator> ALL = catalogue(List.of(
            AttentionOperators.ALL,
            ConvOperators.ALL,
            ElementwiseOperators.ALL,
            GemmOperators.ALL,
            GradientOperators.ALL,
            GraphOperators.ALL,
            LinalgOperators.ALL,
            LossOperators.ALL,
            MoeOperators.ALL,
            MovementOperators.ALL,
            NormOperators.ALL,
            OptimizerOperators.ALL,
            PositionOperators.ALL,
            QuantizationOperators.ALL,
            ReductionOperators.ALL,
            SamplingOperators.ALL,
            ScienceOperators.ALL,
            SequenceOperators.ALL,
            SignalOperators.ALL));

    private Operators() {}

    private static Map<String, Operator> catalogue(List<List<Operator>> families) {
        Map<String, Operator> byName = new TreeMap<>();
        for (Operator operator : families.stream().flatMap(List::stream).toList()) {
            if (byName.put(operator.name(), operator) != null) {
                throw new IllegalStateException("two operators are called " + operator.name());
            }
        }
        return Collections.unmodifiableMap(byName);
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
