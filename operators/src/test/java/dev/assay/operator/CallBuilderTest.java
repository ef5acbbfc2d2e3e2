package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallBuilderTest {
    private static final TensorSpec F32 = TensorSpec.of(DType.F32, 2);

    /// A cache that is updated in place, with everything a signature can say.
    private static final class Update implements Operator {
        @Override
        public String name() {
            return "update";
        }

        @Override
        public About about() {
            return new About("none", "this test", About.Errors.EXACT);
        }

        @Override
        public Signature signature() {
            return new Signature(
                    List.of(
                            Parameter.required("cache", "T", Signature.floats(), "what is kept"),
                            Parameter.required("value", "T", Signature.floats(), "what is new"),
                            Parameter.optional("scale", "S", Signature.only(DType.F32), "factor"),
                            Parameter.optionalConstant("at", "I", Signature.only(DType.I64), "where")),
                    List.of(
                            Parameter.required("new_cache", "T", Signature.floats(), "both")
                                    .inPlaceOf("cache"),
                            Parameter.optional("norm", "S", Signature.only(DType.F32), "size")),
                    List.of(
                            AttributeSpec.integer("mode", 3, "how"),
                            AttributeSpec.real("factor", 0.5, "how much"),
                            AttributeSpec.optional("limit", Attribute.Real.class, "how far")));
        }

        @Override
        public List<TensorSpec> outputs(Call call) {
            return List.of(call.input("cache"), TensorSpec.of(DType.F32));
        }

        @Override
        public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Cost cost(Call call) {
            return new Cost(1, call.tensorBytes());
        }
    }

    private static CallBuilder builder() {
        return new CallBuilder(new Update(), "suite x, case 7")
                .input("cache", F32)
                .input("value", F32);
    }

    private static void assertRefused(CallBuilder builder, String what, String fix) {
        InvalidCallException e = assertThrows(InvalidCallException.class, builder::build);
        assertTrue(e.what().contains(what), e.what());
        assertEquals("suite x, case 7", e.where());
        assertTrue(e.fix().contains(fix), e.fix());
    }

    @Test
    void operandsComeInTheOrderOfTheSignature() {
        Call call = new CallBuilder(new Update(), "here")
                .input("scale", TensorSpec.of(DType.F32))
                .input("value", F32)
                .input("cache", F32)
                .build();
        assertEquals(
                List.of("cache", "value", "scale", "at"),
                call.inputs().stream().map(Operand::name).toList());
        assertEquals(
                List.of("new_cache", "norm"),
                call.outputs().stream().map(Operand::name).toList());
        assertTrue(call.hasInput("scale"));
        assertFalse(call.hasInput("at"));
    }

    @Test
    void requiredOutputsAreThereOptionalOnesWhenAskedFor() {
        assertTrue(builder().build().hasOutput("new_cache"));
        assertFalse(builder().build().hasOutput("norm"));
        assertTrue(builder().output("norm").build().hasOutput("norm"));
    }

    @Test
    void outputsInPlaceNameTheirInput() {
        Call call = builder().output("norm").build();
        assertEquals(Optional.of("cache"), call.outputs().getFirst().aliasOf());
        assertEquals(Optional.empty(), call.outputs().getLast().aliasOf());
        assertEquals(8 + 8 + 4, call.tensorBytes(), "the cache counts once");
    }

    @Test
    void defaultsAreFilledInAndAbsentAttributesStayAbsent() {
        Call call = builder().build();
        assertEquals(3, call.attributes().integer("mode"));
        assertEquals(0.5, call.attributes().real("factor"));
        assertFalse(call.attributes().has("limit"));
        Call given = builder()
                .attribute("mode", new Attribute.Int(1))
                .attribute("limit", new Attribute.Int(2))
                .build();
        assertEquals(1, given.attributes().integer("mode"));
        assertEquals(2.0, given.attributes().real("limit"), "a whole number stands for a real one");
    }

    @Test
    void constantsBelongToTheCall() {
        TensorSpec two = TensorSpec.of(DType.I64, 2);
        Call call = builder().constant("at", two, List.of(4L, 5L)).build();
        assertEquals(Map.of("at", List.of(4L, 5L)), call.constants());
        assertEquals(two, call.input("at"));
        assertRefused(builder().input("at", two), "the values of 'at' are not given", "give them");
    }

    @Test
    void everythingElseIsRefused() {
        assertRefused(new CallBuilder(new Update(), "suite x, case 7").input("cache", F32), "'value'", "what is new");
        assertRefused(builder().input("Cache", F32), "update has no input 'Cache'", "[cache, value, scale, at]");
        assertRefused(builder().output("cache"), "update has no output 'cache'", "[new_cache, norm]");
        assertRefused(
                builder().attribute("modes", new Attribute.Int(1)), "no attribute 'modes'", "[factor, limit, mode]");
        assertRefused(builder().attribute("mode", new Attribute.Text("fast")), "'mode' is Text fast", "give Int: how");
        assertRefused(builder().attribute("mode", new Attribute.Real(1.5)), "'mode' is Real 1.5", "give Int");
        assertRefused(
                builder().attribute("factor", new Attribute.Reals(List.of(1.0))), "'factor' is Reals", "give Real");
        assertRefused(builder().input("value", TensorSpec.of(DType.F16, 2)), "'value' is f16", "one dtype");
        assertRefused(builder().input("scale", TensorSpec.of(DType.F64)), "'scale' is f64", "[f32]");
        assertRefused(builder().input("value", TensorSpec.of(DType.U8, 2)), "'value' is u8", "[f64, f32, f16, bf16]");
    }

    @Test
    void defaultsOfAnOperator() {
        Update update = new Update();
        Call call = builder().build();
        assertEquals(Optional.empty(), update.onnxType());
        assertEquals("2.2", update.sizes(call));
        assertEquals(
                "2.2.s",
                update.sizes(builder().input("scale", TensorSpec.of(DType.F32)).build()));
        assertEquals(2, update.along(call, "value").length());
        assertEquals(
                1,
                update.along(builder().input("scale", TensorSpec.of(DType.F32)).build(), "scale")
                        .length());
    }

    private static CallBuilder largest() {
        return new CallBuilder(Operators.named("max", "test"), "test");
    }

    @Test
    void variadicInputsAreCountedFromZero() {
        TensorSpec spec = TensorSpec.of(DType.F32, 3);
        Call call = largest().input("data.0", spec).input("data.1", spec).build();
        assertEquals(
                List.of("data.0", "data.1"),
                call.inputs().stream().map(Call.Operand::name).toList());
        assertEquals(List.of(spec, spec), call.members("data"));
    }

    @Test
    void variadicInputsWithAGapOrNoneAreRefused() {
        TensorSpec spec = TensorSpec.of(DType.F32, 3);
        InvalidCallException gap = assertThrows(
                InvalidCallException.class,
                () -> largest().input("data.0", spec).input("data.2", spec).build());
        assertTrue(gap.what().contains("left out"), gap.what());
        assertThrows(InvalidCallException.class, () -> largest().build());
        InvalidCallException name = assertThrows(
                InvalidCallException.class, () -> largest().input("data", spec).build());
        assertTrue(name.what().contains("no input 'data'"), name.what());
        assertThrows(
                InvalidCallException.class,
                () -> largest()
                        .input("data.0", spec)
                        .input("data.1", TensorSpec.of(DType.F16, 3))
                        .build());
    }
}
