package dev.assay.engine.run;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.onnx.StoredCase;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.operator.Operator;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes the values of a case's inputs from its recipe: the same on every machine, whatever else is run.
public final class CaseInputs {
    private final Operator operator;
    private final Call call;
    private final Fill dataSet;
    private final Map<String, Fill> own = new HashMap<>();
    private final String identity;
    private final Map<String, Fill.Values> bound = new HashMap<>();

    private CaseInputs(
            Operator operator, Call call, String fill, Map<String, String> recipes, String caseId, long seed) {
        this.operator = operator;
        this.call = call;
        this.dataSet = Fills.parse(fill, caseId);
        recipes.forEach((input, recipe) -> own.put(input, Fills.parse(recipe, caseId)));
        this.identity = caseId + "|" + seed + "|";
    }

    /// The inputs of a planned case, be they stored or made from a recipe.
    public static Map<String, Tensor> of(
            PlannedCase planned, CaseSpec spec, Operator operator, Call call, Arena arena) {
        if (spec.model() != null) {
            return StoredCase.inputs(spec.model(), call, arena);
        }
        if (spec.fill() == null) {
            throw new HarnessException("neither a fill nor a model", planned.caseId(), "start the run anew");
        }
        return generate(operator, call, spec.fill(), spec.ownRecipes(), planned.caseId(), planned.seed(), arena);
    }

    /// Tensors in the arena's memory, by name.
    public static Map<String, Tensor> generate(
            Operator operator, Call call, String fill, String caseId, long seed, Arena arena) {
        return generate(operator, call, fill, Map.of(), caseId, seed, arena);
    }

    /// The same with recipes for single inputs, which are taken as they are.
    public static Map<String, Tensor> generate(
            Operator operator,
            Call call,
            String fill,
            Map<String, String> recipes,
            String caseId,
            long seed,
            Arena arena) {
        CaseInputs inputs = new CaseInputs(operator, call, fill, recipes, caseId, seed);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Operand operand : call.inputs()) {
            operand.spec().ifPresent(spec -> tensors.put(operand.name(), inputs.tensor(operand.name(), spec, arena)));
        }
        return tensors;
    }

    private Tensor tensor(String name, TensorSpec spec, Arena arena) {
        Tensor tensor = Tensor.allocate(spec, arena);
        List<Long> fixed = call.constants().get(name);
        if (fixed == null) {
            Fill.write(values(name), tensor);
        } else {
            for (int i = 0; i < fixed.size(); i++) {
                tensor.setCodeAt(tensor.position(i), code(spec.dtype(), fixed.get(i)));
            }
        }
        return tensor;
    }

    private static long code(DType dtype, long value) {
        return dtype.isFloat() ? dtype.encode((double) value) : dtype.encodeLong(value);
    }

    private Fill.Values values(String name) {
        Fill.Values known = bound.get(name);
        if (known == null) {
            TensorSpec spec = call.input(name);
            Fill fill = own.get(name);
            known = (fill == null ? operator.fill(call, name, dataSet) : fill)
                    .bind(new Fill.Site(
                            spec, operator.along(call, name), key(identity + name), key(identity), this::values));
            bound.put(name, known);
        }
        return known;
    }

    /// 64 bits of a hash.
    private static long key(String text) {
        return Long.parseUnsignedLong(Json.sha256(text).substring(0, 16), 16);
    }
}
