package dev.assay.operator.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ElementwiseTest {
    /// Operator, type, operands (`_` where one is left out), attribute, the value worked out by hand, and what a
    /// plausible bug makes of it.
    private static final String BY_HAND = """
            abs              | f32  | -2.5      | -                | 2.5                 | -2.5
            abs              | i8   | -128      | -                | -128                | 127
            abs              | u8   | 200       | -                | 200                 | 56
            acos             | f32  | 0.5       | -                | 1.0471975511965979  | 0.5235987755982989
            acosh            | f32  | 2         | -                | 1.3169578969248166  | 1.4436354751788103
            add              | f32  | 1.5 -0.25 | -                | 1.25                | 1.75
            add              | i8   | 127 1     | -                | -128                | 127
            add              | u8   | 200 100   | -                | 44                  | 255
            and              | bool | 1 0       | -                | 0                   | 1
            asin             | f32  | 0.5       | -                | 0.5235987755982989  | 1.0471975511965979
            asinh            | f32  | 2         | -                | 1.4436354751788103  | 1.3169578969248166
            atan             | f32  | 1         | -                | 0.7853981633974483  | 1.5574077246549023
            atanh            | f32  | 0.5       | -                | 0.5493061443340548  | 0.46364760900080615
            bit_shift        | u8   | 129 1     | -                | 2                   | 64
            bit_shift        | u8   | 129 1     | direction=RIGHT  | 64                  | 192
            bitwise_and      | i8   | 12 10     | -                | 8                   | 14
            bitwise_not      | i16  | 5         | -                | -6                  | -5
            bitwise_not      | u8   | 5         | -                | 250                 | 5
            bitwise_or       | u16  | 12 10     | -                | 14                  | 6
            bitwise_xor      | i32  | 12 10     | -                | 6                   | 14
            cast             | f32  | -2.75     | to=6             | -2                  | -3
            cast             | i32  | 300       | to=3             | 44                  | 127
            cast_like        | f32  | 2.5 0     | -                | 2.5                 | 2
            ceil             | f32  | -1.5      | -                | -1                  | -2
            celu             | f32  | -2        | alpha=2.0        | -1.2642411176571153 | -1.7293294335267746
            clip             | f32  | 5 -1 2    | -                | 2                   | 5
            clip             | f32  | 0 2 1     | -                | 1                   | 2
            clip             | f32  | -5 _ 2    | -                | -5                  | 2
            clip             | i32  | -7 -3 3   | -                | -3                  | -7
            clip             | u8   | 200 0 100 | -                | 100                 | 200
            cos              | f32  | 1         | -                | 0.5403023058681398  | 0.8414709848078965
            cosh             | f32  | 1         | -                | 1.5430806348152437  | 1.1752011936438014
            div              | f32  | 1 3       | -                | 0.3333333333333333  | 0.3333
            div              | i32  | -7 2      | -                | -3                  | -4
            div              | u8   | 200 3     | -                | 66                  | 67
            elu              | f32  | -1        | -                | -0.6321205588285577 | 0.36787944117144233
            equal            | f32  | 2 2       | -                | 1                   | 0
            equal            | i64  | 2 3       | -                | 0                   | 1
            erf              | f32  | 0.5       | -                | 0.5204998778130465  | 0.4795001221869535
            exp              | f32  | 1         | -                | 2.718281828459045   | 2.71894546
            floor            | f32  | -1.5      | -                | -2                  | -1
            geglu            | f32  | 1 2       | -                | 1.682689492137086   | 0.841344746068543
            gelu             | f32  | 1         | -                | 0.841344746068543   | 0.8411919906082768
            gelu             | f32  | 1         | approximate=tanh | 0.8411919906082768  | 0.841344746068543
            greater          | f32  | 2 1       | -                | 1                   | 0
            greater          | u8   | 200 100   | -                | 1                   | 0
            greater_or_equal | f32  | 2 2       | -                | 1                   | 0
            greater_or_equal | i8   | -1 0      | -                | 0                   | 1
            hard_sigmoid     | f32  | 1         | -                | 0.7                 | 0.7310585786300049
            hard_swish       | f32  | 1         | -                | 0.6666666666666666  | 0.7310585786300049
            identity         | f32  | 3.5       | -                | 3.5                 | 4
            identity         | i8   | -3        | -                | -3                  | 3
            is_inf           | f32  | -Infinity | -                | 1                   | 0
            is_nan           | f32  | NaN       | -                | 1                   | 0
            leaky_relu       | f32  | -2        | -                | -0.02               | -2
            less             | f32  | 2 1       | -                | 0                   | 1
            less             | u8   | 200 100   | -                | 0                   | 1
            less_or_equal    | f32  | 2 2       | -                | 1                   | 0
            less_or_equal    | i8   | -1 0      | -                | 1                   | 0
            log              | f32  | 10        | -                | 2.302585092994046   | 1
            max              | f32  | 1 3 2     | -                | 3                   | 2
            max              | i8   | -1 0      | -                | 0                   | -1
            max              | u8   | 200 100   | -                | 200                 | 100
            mean             | f32  | 1 2 4     | -                | 2.3333333333333335  | 7
            min              | f32  | 1 3 2     | -                | 1                   | 2
            min              | u8   | 200 100   | -                | 100                 | 200
            mish             | f32  | 1         | -                | 0.8650983882673103  | 0.7310585786300049
            mod              | f32  | -7.5 2    | fmod=1           | -1.5                | 0.5
            mod              | i32  | -7 3      | -                | 2                   | -1
            mod              | i32  | 7 -3      | -                | -2                  | 1
            mod              | i32  | -7 3      | fmod=1           | -1                  | 2
            mod              | i32  | 7 -3      | fmod=1           | 1                   | -2
            mod              | u8   | 200 7     | -                | 4                   | 0
            mul              | f32  | 1.5 -2    | -                | -3                  | -0.5
            mul              | i8   | 100 3     | -                | 44                  | 127
            neg              | f32  | 2.5       | -                | -2.5                | 2.5
            neg              | i8   | -128      | -                | -128                | 127
            not              | bool | 1         | -                | 0                   | 1
            or               | bool | 1 0       | -                | 1                   | 0
            pow              | f32  | 2 0.5     | -                | 1.4142135623730951  | 1
            pow              | f32  | -2 3      | -                | -8                  | 8
            pow              | i32  | -3 3      | -                | -27                 | 27
            prelu            | f32  | -2 0.25   | -                | -0.5                | -2
            prelu            | i32  | -2 3      | -                | -6                  | -2
            reciprocal       | f32  | 3         | -                | 0.3333333333333333  | 3
            relu             | f32  | -1        | -                | 0                   | -1
            relu             | i32  | -5        | -                | 0                   | -5
            round            | f32  | 2.5       | -                | 2                   | 3
            round            | f32  | -3.5      | -                | -4                  | -3
            selu             | f32  | -1        | -                | -1.1113307412864784 | -1.0576966
            shrink           | f32  | -2        | bias=0.5         | -1.5                | -2.5
            shrink           | f32  | 0.5       | -                | 0                   | 0.5
            sigmoid          | f32  | 1         | -                | 0.7310585786300049  | 0.2689414213699951
            sign             | f32  | -3        | -                | -1                  | 1
            sign             | u8   | 200       | -                | 1                   | 255
            sin              | f32  | 1         | -                | 0.8414709848078965  | 0.5403023058681398
            sinh             | f32  | 1         | -                | 1.1752011936438014  | 1.5430806348152437
            softplus         | f32  | 1         | -                | 1.3132616875182228  | 1
            softsign         | f32  | -3        | -                | -0.75               | 1.5
            sqrt             | f32  | 2         | -                | 1.4142135623730951  | 1.4142137
            sub              | f32  | 1.5 2     | -                | -0.5                | 0.5
            sub              | u8   | 3 5       | -                | 254                 | 0
            sum              | f32  | 1 2 4     | -                | 7                   | 3
            swiglu           | f32  | 1 2       | -                | 1.4621171572600098  | 0.7310585786300049
            swish            | f32  | 2         | -                | 1.7615941559557646  | 0.8807970779778823
            tan              | f32  | 1         | -                | 1.5574077246549023  | 0.7853981633974483
            tanh             | f32  | 1         | -                | 0.7615941559557649  | 1.3130352854993312
            thresholded_relu | f32  | 1         | -                | 0                   | 1
            where            | f32  | 1 2 3     | -                | 2                   | 3
            where            | i64  | 0 2 3     | -                | 3                   | 2
            xor              | bool | 1 1       | -                | 0                   | 1
            """;

    private static final double RELATIVE = 1e-15;

    private static String[] columns(String line) {
        return line.strip().split("\\s*\\|\\s*", -1);
    }

    static Stream<String> byHand() {
        return BY_HAND.lines();
    }

    private static Operator named(String name) {
        return Operators.named(name, "test");
    }

    /// A call of scalars.
    private static Example example(String name, DType dtype, String operands, String attribute) {
        Operator operator = named(name);
        Example example = new Example(operator);
        List<Parameter> parameters = operator.signature().inputs();
        String[] values = operands.split(" ", -1);
        for (int i = 0; i < values.length; i++) {
            Parameter parameter = parameters.get(Math.min(i, parameters.size() - 1));
            if (!values[i].equals("_")) {
                String input = parameter.variadic() ? Call.member(parameter.name(), i) : parameter.name();
                DType type = parameter.dtypes().contains(dtype) ? dtype : DType.BOOL;
                example.input(input, type, Shape.of(), Double.parseDouble(values[i]));
            }
        }
        if (!attribute.equals("-")) {
            String[] sides = attribute.split("=", -1);
            String value = sides[1];
            if (value.matches("-?\\d+")) {
                example.attribute(sides[0], Long.parseLong(value));
            } else if (value.matches("-?\\d+\\.\\d+")) {
                example.attribute(sides[0], Double.parseDouble(value));
            } else {
                example.attribute(sides[0], value);
            }
        }
        return example;
    }

    @ParameterizedTest
    @MethodSource("byHand")
    void valueByHand(String line) {
        String[] row = columns(line);
        Example example = example(row[0], DType.of(row[1], "test"), row[2], row[3]);
        DType output = example.outputs().getFirst().dtype();
        double value = Double.parseDouble(row[4]);
        Answer answer = example.answer(0);
        assertFalse(answer.isOpen(0), line);
        // A few units of f64, for the hand's constants and the reference's steps.
        assertEquals(value, answer.value(0) + answer.low(0), 4 * RELATIVE * Math.abs(value), line);
        assertTrue(answer.accepts(0, output.round(value), output), line);
        assertFalse(answer.accepts(0, output.round(Double.parseDouble(row[5])), output), line);
        assertFalse(answer.accepts(0, Double.NaN, output), line);
    }

    @Test
    void theTableCoversEveryOperator() {
        assertEquals(
                ElementwiseOperators.ALL.stream().map(Operator::name).collect(Collectors.toSet()),
                byHand().map(line -> columns(line)[0]).collect(Collectors.toSet()));
    }

    @Test
    void theTableHasIntegersOfEveryOperatorThatTakesThem() {
        for (Operator operator : ElementwiseOperators.ALL) {
            // The last input, for a condition is a bool of its own.
            boolean floats =
                    operator.signature().inputs().getLast().dtypes().stream().allMatch(DType::isFloat);
            boolean covered = byHand().map(ElementwiseTest::columns)
                    .anyMatch(row -> row[0].equals(operator.name())
                            && !DType.of(row[1], "test").isFloat());
            // The target of a cast counts by its type alone.
            assertTrue(floats || covered || operator instanceof CastLike, operator.name());
        }
    }

    /// Operator, operands in f32, attribute, and the value.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            abs              | -Infinity             | -                 | Infinity
            acos             | 2                     | -                 | NaN
            acosh            | 0.5                   | -                 | NaN
            acosh            | Infinity              | -                 | Infinity
            add              | Infinity -Infinity    | -                 | NaN
            add              | Infinity 1            | -                 | Infinity
            asin             | -2                    | -                 | NaN
            asinh            | -Infinity             | -                 | -Infinity
            atan             | Infinity              | -                 | 1.5707963267948966
            atanh            | 1                     | -                 | Infinity
            atanh            | 2                     | -                 | NaN
            ceil             | -Infinity             | -                 | -Infinity
            celu             | -Infinity             | -                 | -1
            clip             | NaN 0 1               | -                 | NaN
            clip             | Infinity 0 1          | -                 | 1
            cos              | Infinity              | -                 | NaN
            cosh             | -Infinity             | -                 | Infinity
            div              | 1 0                   | -                 | Infinity
            div              | -1 0                  | -                 | -Infinity
            div              | 0 0                   | -                 | NaN
            div              | 1 Infinity            | -                 | 0
            div              | Infinity Infinity     | -                 | NaN
            elu              | -Infinity             | -                 | -1
            elu              | Infinity              | -                 | Infinity
            equal            | NaN NaN               | -                 | 0
            equal            | Infinity Infinity     | -                 | 1
            erf              | -Infinity             | -                 | -1
            exp              | -Infinity             | -                 | 0
            exp              | Infinity              | -                 | Infinity
            floor            | NaN                   | -                 | NaN
            gelu             | Infinity              | -                 | Infinity
            gelu             | Infinity              | approximate=tanh  | Infinity
            gelu             | NaN                   | -                 | NaN
            geglu            | Infinity -1           | -                 | -Infinity
            greater          | NaN 1                 | -                 | 0
            greater_or_equal | NaN NaN               | -                 | 0
            hard_sigmoid     | Infinity              | -                 | 1
            hard_sigmoid     | -Infinity             | -                 | 0
            hard_swish       | Infinity              | -                 | Infinity
            is_inf           | Infinity              | detect_positive=0 | 0
            is_inf           | -Infinity             | detect_positive=0 | 1
            is_inf           | Infinity              | detect_negative=0 | 1
            is_inf           | -Infinity             | detect_negative=0 | 0
            is_inf           | NaN                   | -                 | 0
            is_nan           | Infinity              | -                 | 0
            leaky_relu       | -Infinity             | -                 | -Infinity
            leaky_relu       | NaN                   | -                 | NaN
            less             | NaN 1                 | -                 | 0
            less             | -Infinity Infinity    | -                 | 1
            less_or_equal    | NaN 1                 | -                 | 0
            log              | 0                     | -                 | -Infinity
            log              | -1                    | -                 | NaN
            max              | 1 NaN                 | -                 | NaN
            min              | NaN 1 2               | -                 | NaN
            mish             | Infinity              | -                 | Infinity
            mod              | 1 Infinity            | fmod=1            | 1
            mod              | 1 0                   | fmod=1            | NaN
            mul              | Infinity 0            | -                 | NaN
            mul              | Infinity -2           | -                 | -Infinity
            neg              | Infinity              | -                 | -Infinity
            pow              | 2 Infinity            | -                 | Infinity
            pow              | 0 0                   | -                 | 1
            pow              | NaN 0                 | -                 | 1
            pow              | -2 0.5                | -                 | NaN
            prelu            | -Infinity 0.25        | -                 | -Infinity
            reciprocal       | 0                     | -                 | Infinity
            reciprocal       | Infinity              | -                 | 0
            relu             | NaN                   | -                 | NaN
            relu             | -Infinity             | -                 | 0
            round            | Infinity              | -                 | Infinity
            selu             | -Infinity             | -                 | -1.7580993463430303
            sigmoid          | -Infinity             | -                 | 0
            sigmoid          | Infinity              | -                 | 1
            sigmoid          | NaN                   | -                 | NaN
            sign             | -Infinity             | -                 | -1
            sign             | NaN                   | -                 | NaN
            sin              | -Infinity             | -                 | NaN
            sinh             | -Infinity             | -                 | -Infinity
            softplus         | Infinity              | -                 | Infinity
            softplus         | -Infinity             | -                 | 0
            softsign         | Infinity              | -                 | NaN
            sqrt             | -1                    | -                 | NaN
            sqrt             | Infinity              | -                 | Infinity
            sub              | Infinity Infinity     | -                 | NaN
            swish            | Infinity              | -                 | Infinity
            tan              | Infinity              | -                 | NaN
            tanh             | -Infinity             | -                 | -1
            thresholded_relu | Infinity              | -                 | Infinity
            sum              | Infinity 1 2          | -                 | Infinity
            sum              | 1 -Infinity           | -                 | -Infinity
            sum              | 1 Infinity -Infinity  | -                 | NaN
            mean             | 1 Infinity            | -                 | Infinity
            where            | 0 NaN 3               | -                 | 3
            where            | 1 NaN 3               | -                 | NaN
            """)
    void infinitiesAndNan(String name, String operands, String attribute, double value) {
        Example example = example(name, DType.F32, operands, attribute);
        DType output = example.outputs().getFirst().dtype();
        Answer answer = example.answer(0);
        assertFalse(answer.isOpen(0));
        assertTrue(answer.accepts(0, output.round(value), output), answer.value(0) + " ± " + answer.deterministic(0));
        for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.125}) {
            assertEquals(Double.compare(wrong, value) == 0, answer.accepts(0, wrong, output), "wrong " + wrong);
        }
    }

    /// Functions may err by what the contract allows, and by no more than that and the steps of the formula.
    @ParameterizedTest
    @CsvSource({"exp,1,2.718281828459045", "sigmoid,1,0.7310585786300049", "erf,0.5,0.5204998778130465"})
    void legalErrorsPass(String name, String operand, double exact) {
        Answer answer = example(name, DType.F32, operand, "-").answer(0);
        double ulp = DType.F32.ulp(exact);
        assertTrue(answer.accepts(0, DType.F32.round(exact) + ulp, DType.F32));
        assertFalse(answer.accepts(0, DType.F32.round(exact) + 16 * ulp, DType.F32));
    }

    /// Where the semantics say nothing, nothing is judged.
    @ParameterizedTest
    @CsvSource({
        "div,i32,5 0,-",
        "div,u8,0 0,-",
        "mod,i32,5 0,-",
        "mod,i32,5 0,fmod=1",
        "bit_shift,u64,1 64,-",
        "bit_shift,u64,1 64,direction=RIGHT",
        "pow,i32,2 -1,-",
        "gelu,f32,-Infinity,-"
    })
    void open(String name, String dtype, String operands, String attribute) {
        assertTrue(example(name, DType.of(dtype, "test"), operands, attribute)
                .answer(0)
                .isOpen(0));
    }

    /// Operator, type, operands and an attribute that is refused.
    @ParameterizedTest
    @CsvSource({
        "mod,f32,1 2,-",
        "mod,i32,1 2,fmod=2",
        "gelu,f32,1,approximate=erf",
        "bit_shift,u8,1 2,direction=UP",
        "bit_shift,i32,1 2,-",
        "celu,f32,1,alpha=0.0",
        "cast,f32,1,-",
        "cast,f32,1,to=8",
        "cast,f32,1,to=99",
        "cast,f32,1,round_mode=away",
        "cast_like,f32,1 1,saturate=2",
        "cast_like,f32,1 1,round_mode=away",
        "relu,f32,1,alpha=0.5",
        "not,bool,_,-",
        "max,f32,_,-"
    })
    void wrongCallsAreRefused(String name, String dtype, String operands, String attribute) {
        Example example = example(name, DType.of(dtype, "test"), operands, attribute);
        assertThrows(InvalidCallException.class, example::outputs);
    }

    @Test
    void limitsOfClipAreScalars() {
        Example example = new Example(new Clip())
                .input("input", DType.F32, Shape.of(2), 1, 2)
                .input("min", DType.F32, Shape.of(1), 0);
        assertThrows(InvalidCallException.class, example::outputs);
    }

    @ParameterizedTest
    @CsvSource({"swiglu,A,B", "geglu,A,B", "prelu,X,slope"})
    void whatMayNotBroadcastIsRefused(String name, String first, String second) {
        Example example = new Example(Operators.named(name, "test"))
                .input(first, DType.F32, Shape.of(2), 1, 2)
                .input(second, DType.F32, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        assertThrows(InvalidCallException.class, example::outputs);
    }

    @Test
    void operandsBroadcastOrAreRefused() {
        Answer answer = new Example(new Sub())
                .input("A", DType.F32, Shape.of(2, 1), 10, 20)
                .input("B", DType.F32, Shape.of(3), 1, 2, 3)
                .answer(0);
        assertEquals(Shape.of(2, 3), answer.shape());
        assertEquals(
                List.of(9.0, 8.0, 7.0, 19.0, 18.0, 17.0),
                Arrays.stream(answer.values()).boxed().toList());
        Example wrong = new Example(new Sub())
                .input("A", DType.F32, Shape.of(2), 1, 2)
                .input("B", DType.F32, Shape.of(3), 1, 2, 3);
        assertThrows(InvalidCallException.class, wrong::outputs);
        Example mixed =
                new Example(new Sub()).input("A", DType.F32, Shape.of(1), 1).input("B", DType.F16, Shape.of(1), 1);
        assertThrows(InvalidCallException.class, mixed::outputs);
    }

    /// ONNX's own tests of CastLike give an empty tensor.
    @Test
    void whatIsLikeNeedsNoElements() {
        Example example = new Example(new CastLike())
                .input("input", DType.F32, Shape.of(2, 1), 2.5, -7)
                .input("target_type", DType.I8, Shape.of(0, 3));
        assertEquals(DType.I8, example.outputs().getFirst().dtype());
        assertEquals(Shape.of(2, 1), example.answer(0).shape());
        assertEquals(2, example.answer(0).value(0));
        assertEquals(-7, example.answer(0).value(1));
    }

    @Test
    void noElements() {
        Answer answer = new Example(new Add())
                .input("A", DType.F32, Shape.of(0, 3))
                .input("B", DType.F32, Shape.of(1), 1)
                .answer(0);
        assertEquals(Shape.of(0, 3), answer.shape());
    }
}
