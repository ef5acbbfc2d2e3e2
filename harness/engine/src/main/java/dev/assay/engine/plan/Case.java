package dev.assay.engine.plan;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A case of a suite.
///
/// @param suite the suite's name
/// @param id its name, stable for ever
/// @param seed of its inputs
/// @param why what it is there to show
/// @param spec how to run it
/// @param call empty if its verdict is known without running it
/// @param releaseOnly whether it is so large that only `--release` runs it
public record Case(
        String suite, CaseId id, long seed, String why, CaseSpec spec, Optional<Call> call, boolean releaseOnly) {
    /// Increased whenever the values that a recipe produces change.
    public static final int GENERATOR_VERSION = 1;

    /// Measured: what f64 inputs, whose reference is in double-double arithmetic, cost.
    private static final double DOUBLE_DOUBLE_FACTOR = 12;

    /// A case whose inputs are generated.
    ///
    /// @param recipes of single inputs, by name
    /// @param drawn recipes by which constants were drawn, by name
    /// @param floor what it asks of a contract
    static Case generated(
            String suite,
            Operator operator,
            Call call,
            String fill,
            Map<String, String> recipes,
            Map<String, String> drawn,
            Optional<ContractFloor> floor,
            long seed,
            String why) {
        String asked = floor.map(ContractFloor::toString).orElse(null);
        return new Case(
                suite,
                CaseId.of(operator, call, fill, recipes, drawn),
                seed,
                why,
                CaseSpec.of(call, fill, recipes, null, asked),
                Optional.of(call),
                false);
    }

    /// This case, as a part of a model.
    ///
    /// @param uses what the model makes of it
    Case inModel(List<CaseSpec.Use> uses, boolean onlyInRelease) {
        return new Case(suite, id, seed, why, spec.with(uses), call, onlyInRelease);
    }

    /// A case whose inputs are stored in a node test.
    public static Case stored(String suite, Operator operator, Call call, String fill, String dataSet, String why) {
        return new Case(
                suite,
                CaseId.of(operator, call, fill),
                0,
                why,
                CaseSpec.of(call, null, Map.of(), dataSet, null),
                Optional.of(call),
                false);
    }

    /// A case whose verdict is known without running it.
    public static Case known(String suite, String operator, String fill, String why, Verdict verdict, String reason) {
        return new Case(
                suite,
                new CaseId(operator, "-", "-", "-", fill),
                0,
                why,
                CaseSpec.known(operator, verdict, reason),
                Optional.empty(),
                false);
    }

    /// 16 hex digits over all that decides what the case means.
    ///
    /// @param content digest of stored inputs, if there are any
    String hash(@Nullable String content) {
        Map<String, Object> meaning = new LinkedHashMap<>();
        meaning.put(
                "spec",
                new CaseSpec(
                                spec.operator(),
                                spec.inputs(),
                                spec.outputs(),
                                spec.attributes(),
                                spec.constants(),
                                spec.fill(),
                                spec.recipes(),
                                null,
                                spec.floor(),
                                spec.known(),
                                null)
                        .toJson());
        meaning.put("seed", seed);
        meaning.put("generator", GENERATOR_VERSION);
        meaning.put("content", content == null ? "" : content);
        return Json.sha256(Json.canonical(meaning)).substring(0, 16);
    }

    /// The case as it stands in a plan.
    PlannedCase planned(@Nullable String content, double estimateMs, @Nullable String announced) {
        return new PlannedCase(
                suite,
                id.toString(),
                hash(content),
                id.operator(),
                id.dtypes(),
                id.shapes(),
                id.attributes(),
                id.fill(),
                seed,
                why,
                estimateMs,
                announced,
                spec.toJson());
    }

    /// What it costs, if it is to be run at all.
    Optional<Cost> cost() {
        return call.map(c -> Operators.named(c.operator(), suite).cost(c));
    }

    /// How much longer its reference takes than one in f64, in which that of all inputs but f64 is computed.
    double referenceFactor() {
        return call.stream()
                        .flatMap(one -> one.inputs().stream())
                        .flatMap(input -> input.spec().stream())
                        .anyMatch(spec -> spec.dtype() == DType.F64)
                ? DOUBLE_DOUBLE_FACTOR
                : 1;
    }

    /// What judging it takes, to compare cases by: flops of its whole reference, as of one in f64, and bytes.
    public double work() {
        return referenceFlops() * referenceFactor()
                + call.map(Call::tensorBytes).orElse(0L);
    }

    /// What computing all of its reference takes.
    double referenceFlops() {
        return call.map(c -> Operators.named(c.operator(), suite).referenceFlops(c))
                .orElse(0.0);
    }

    /// What judging it by samples and sums costs, if its operator can be judged so.
    Optional<Cost> cheapCost() {
        return call.flatMap(c -> Operators.named(c.operator(), suite).cheapCost(c));
    }
}
