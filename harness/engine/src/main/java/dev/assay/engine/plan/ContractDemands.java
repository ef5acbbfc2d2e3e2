package dev.assay.engine.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a suite, or a template of it, says about contracts: the floor of each of its cases follows from it.
///
/// @param accepted the weakest contract; empty if any is accepted
/// @param ceilings of the tightness, by `dtype` or `operator.dtype`
record ContractDemands(Optional<ComputeContract> accepted, Map<String, Double> ceilings) {
    static final ContractDemands NONE = new ContractDemands(Optional.empty(), Map.of());

    /// Ceilings hold for the standard data alone: what a bound comes to in ulps depends on the data, and
    /// other recipes are made to make it large.
    private static final String STANDARD_DATA = "normal";

    private static final String FIX = "give a value that docs/contract.md allows, no stricter than strict";

    ContractDemands {
        ceilings = Map.copyOf(ceilings);
    }

    /// These demands, with those that a part of the file makes in their place.
    ///
    /// @param where the part's field, for messages
    ContractDemands with(SuiteFile.@Nullable Contract part, String where) {
        if (part == null) {
            return this;
        }
        if (part.accept() == null && part.tightness() == null) {
            throw new HarnessException(
                    "nothing is asked of contracts", where, "give 'accept', 'tightness' or both, or leave it out");
        }
        Map<String, Double> merged = new TreeMap<>(ceilings);
        if (part.tightness() != null) {
            part.tightness().forEach((key, value) -> merged.put(key, ceiling(key, value, where + ".tightness")));
        }
        return new ContractDemands(
                part.accept() == null ? accepted : Optional.of(contract(part.accept(), where + ".accept")), merged);
    }

    private static ComputeContract contract(Map<String, JsonNode> fields, String where) {
        ComputeContract.Builder builder = ComputeContract.strict();
        Map<String, String> known = ComputeContract.STRICT.fields();
        fields.forEach((name, value) -> {
            String here = where + "." + name;
            if (!known.containsKey(name)) {
                throw new HarnessException(
                        "a contract has no field '" + name + "'", here, "use one of " + known.keySet());
            }
            try {
                builder.field(name, value.isValueNode() ? value.asText() : value.toString());
            } catch (IllegalArgumentException e) {
                throw new HarnessException(String.valueOf(e.getMessage()), here, FIX, e);
            }
        });
        ComputeContract floor = builder.build();
        List<String> problems = ContractFloor.problems(floor);
        if (!problems.isEmpty()) {
            throw new HarnessException(String.join("; ", problems), where, FIX);
        }
        return floor;
    }

    private static double ceiling(String key, double value, String where) {
        int dot = key.lastIndexOf('.');
        String here = where + "." + key;
        if (dot >= 0) {
            Operators.named(key.substring(0, dot), here);
        }
        DType.of(key.substring(dot + 1), here);
        // Never `value < tightest`: NaN must be refused.
        if (!(value >= ContractFloor.TIGHTEST && value <= Double.MAX_VALUE)) {
            throw new HarnessException(
                    "the ceiling " + value,
                    here,
                    "give a finite number of ulps from " + ContractFloor.TIGHTEST + ", the error of one rounding");
        }
        return value;
    }

    /// The floor of a case; empty if nothing is asked of it.
    ///
    /// @param fill the canonical text of its recipe
    Optional<ContractFloor> floor(Call call, String fill) {
        OptionalDouble ceiling = OptionalDouble.empty();
        if (fill.equals(STANDARD_DATA)) {
            String dtype = call.outputs().stream()
                    .map(Operand::spec)
                    .flatMap(Optional::stream)
                    .map(spec -> spec.dtype().label())
                    .findFirst()
                    .orElse("");
            Double most = ceilings.getOrDefault(call.operator() + "." + dtype, ceilings.get(dtype));
            ceiling = most == null ? OptionalDouble.empty() : OptionalDouble.of(most);
        }
        return accepted.isEmpty() && ceiling.isEmpty()
                ? Optional.empty()
                : Optional.of(new ContractFloor(accepted, ceiling));
    }
}
