package dev.assay.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.assay.HarnessException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxTensorsTest {

    private static int number(DType dtype) {
        for (int number = 0; number < 64; number++) {
            if (OnnxTensors.type(number).filter(dtype::equals).isPresent()) {
                return number;
            }
        }
        throw new AssertionError("ONNX has no " + dtype);
    }

    private static List<Double> values(TensorProto proto) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = OnnxTensors.read(proto, "test", arena);
            List<Double> values = new ArrayList<>();
            for (long i = 0; i < tensor.shape().elements(); i++) {
                values.add(tensor.get(i));
            }
            return values;
        }
    }

    private static TensorProto.Builder proto(DType dtype, long... dims) {
        TensorProto.Builder builder = TensorProto.newBuilder().setName("t").setDataType(number(dtype));
        for (long dim : dims) {
            builder.addDims(dim);
        }
        return builder;
    }

    /// `TensorProto.DataType` of ONNX 1.20, which is newer than the generated classes.
    @ParameterizedTest
    @CsvSource({
        "17, f8e4m3",
        "18, f8e4m3fnuz",
        "19, f8e5m2",
        "20, f8e5m2fnuz",
        "21, u4",
        "22, i4",
        "23, f4e2m1",
        "24, e8m0",
        "25, u2",
        "26, i2"
    })
    void theNewestTypesHaveTheirNumbers(int number, String label) {
        assertEquals(label, OnnxTensors.type(number).orElseThrow().label());
    }

    @Test
    void moreBytesThanCanBeCountedAreRefused() {
        TensorProto huge = proto(DType.F32, 1L << 61, 2)
                .setRawData(ByteString.copyFrom(new byte[4]))
                .build();
        assertThrows(HarnessException.class, () -> values(huge));
    }

    /// The numbers that the generated classes know have the same names here.
    @Test
    void theNumbersOfTypesAreThoseOfOnnx() {
        assertEquals(
                DType.F32, OnnxTensors.type(TensorProto.DataType.FLOAT_VALUE).orElseThrow());
        assertEquals(
                DType.F64, OnnxTensors.type(TensorProto.DataType.DOUBLE_VALUE).orElseThrow());
        assertEquals(
                DType.F16, OnnxTensors.type(TensorProto.DataType.FLOAT16_VALUE).orElseThrow());
        assertEquals(
                DType.BF16,
                OnnxTensors.type(TensorProto.DataType.BFLOAT16_VALUE).orElseThrow());
        assertEquals(
                DType.BOOL, OnnxTensors.type(TensorProto.DataType.BOOL_VALUE).orElseThrow());
        assertEquals(DType.I8, OnnxTensors.type(TensorProto.DataType.INT8_VALUE).orElseThrow());
        assertEquals(
                DType.I64, OnnxTensors.type(TensorProto.DataType.INT64_VALUE).orElseThrow());
        assertEquals(
                DType.U32, OnnxTensors.type(TensorProto.DataType.UINT32_VALUE).orElseThrow());
        assertEquals(
                DType.U64, OnnxTensors.type(TensorProto.DataType.UINT64_VALUE).orElseThrow());
        assertTrue(OnnxTensors.type(TensorProto.DataType.STRING_VALUE).isEmpty());
        assertTrue(OnnxTensors.type(TensorProto.DataType.COMPLEX64_VALUE).isEmpty());
        Set<DType> known = new HashSet<>();
        for (int number = 0; number < 64; number++) {
            OnnxTensors.type(number).ifPresent(known::add);
        }
        assertEquals(Set.of(DType.values()), known, "every type of ours has a number");
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void rawDataIsReadInEveryType(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            double[] values = dtype == DType.E8M0 ? new double[] {1, 2, 4} : new double[] {1, 0, 1};
            Tensor tensor = Tensor.of(arena, dtype, Shape.of(3, 1), values);
            byte[] raw = tensor.memory().asSlice(0, tensor.spec().byteSize()).toArray(ValueLayout.JAVA_BYTE);
            TensorProto whole =
                    proto(dtype, 3, 1).setRawData(ByteString.copyFrom(raw)).build();
            assertEquals(List.of(values[0], values[1], values[2]), values(whole));
            byte[] longer = java.util.Arrays.copyOf(raw, raw.length + 1);
            TensorProto more =
                    proto(dtype, 3, 1).setRawData(ByteString.copyFrom(longer)).build();
            assertThrows(HarnessException.class, () -> values(more));
        }
    }

    @Test
    void typedFieldsAreRead() {
        assertEquals(
                List.of(1.5, -2.0),
                values(proto(DType.F32, 2).addFloatData(1.5f).addFloatData(-2).build()));
        assertEquals(
                List.of(0.1, -2.0),
                values(proto(DType.F64, 2).addDoubleData(0.1).addDoubleData(-2).build()));
        assertEquals(
                List.of(-5.0, 0x1p53),
                values(proto(DType.I64, 2)
                        .addInt64Data(-5)
                        .addInt64Data(1L << 53)
                        .build()));
        assertEquals(
                List.of(4294967295.0, 1.0),
                values(proto(DType.U32, 2)
                        .addUint64Data(0xFFFF_FFFFL)
                        .addUint64Data(1)
                        .build()));
        assertEquals(
                List.of(0x1p63, 1.0),
                values(proto(DType.U64, 2)
                        .addUint64Data(1L << 63)
                        .addUint64Data(1)
                        .build()));
        assertEquals(
                List.of(-7.0, 9.0),
                values(proto(DType.I32, 2).addInt32Data(-7).addInt32Data(9).build()));
        assertEquals(
                List.of(-7.0, 9.0),
                values(proto(DType.I8, 2).addInt32Data(-7).addInt32Data(9).build()));
        assertEquals(
                List.of(1.0, 0.0),
                values(proto(DType.BOOL, 2).addInt32Data(1).addInt32Data(0).build()));
    }

    /// Half types stand in `int32_data` as their codes: 1.0 is 0x3C00 in f16 and 0x3F80 in bf16.
    @Test
    void halfTypesStandAsCodesInIntegers() {
        assertEquals(
                List.of(1.0, -2.0),
                values(proto(DType.F16, 2)
                        .addInt32Data(0x3C00)
                        .addInt32Data(0xC000)
                        .build()));
        assertEquals(
                List.of(1.0, -2.0),
                values(proto(DType.BF16, 2)
                        .addInt32Data(0x3F80)
                        .addInt32Data(0xC000)
                        .build()));
        assertEquals(
                List.of(1.0), values(proto(DType.F8E4M3, 1).addInt32Data(0x38).build()));
    }

    /// Two 4-bit elements to an entry, the first in the low bits; four 2-bit ones.
    @Test
    void packedTypesStandByBytesInIntegers() {
        assertEquals(
                List.of(1.0, -1.0, 7.0),
                values(proto(DType.I4, 3).addInt32Data(0xF1).addInt32Data(0x07).build()));
        assertEquals(
                List.of(3.0, 2.0, 1.0, 0.0, 3.0),
                values(proto(DType.U2, 5)
                        .addInt32Data(0b00_01_10_11)
                        .addInt32Data(0b11)
                        .build()));
    }

    @Test
    void scalarsAndEmptyTensorsAreRead() {
        assertEquals(List.of(3.0), values(proto(DType.F32).addFloatData(3).build()));
        assertEquals(List.of(), values(proto(DType.F32, 0, 5).build()));
        TensorProto notEmpty = proto(DType.F32, 0, 5)
                .setRawData(ByteString.copyFrom(new byte[4]))
                .build();
        assertThrows(HarnessException.class, () -> values(notEmpty));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "I64", "U64", "U32", "I32", "F16", "BOOL", "I4"})
    void tooFewOrTooManyValuesAreRefused(DType dtype) {
        assertThrows(HarnessException.class, () -> values(proto(dtype, 3).build()));
        TensorProto many = proto(dtype, 1)
                .addAllFloatData(List.of(1f, 2f))
                .addAllDoubleData(List.of(1.0, 2.0))
                .addAllInt64Data(List.of(1L, 2L))
                .addAllUint64Data(List.of(1L, 2L))
                .addAllInt32Data(List.of(1, 2))
                .build();
        HarnessException refusal = assertThrows(HarnessException.class, () -> values(many));
        assertTrue(refusal.what().contains("holds 2 values instead of 1"), refusal.what());
    }

    @Test
    void anUnknownTypeIsNamed() {
        HarnessException refusal = assertThrows(
                HarnessException.class,
                () -> values(TensorProto.newBuilder().setDataType(99).build()));
        assertTrue(refusal.what().contains("99"), refusal.what());
    }
}
