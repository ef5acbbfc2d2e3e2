package dev.assay.operator.movement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheTest {
    private static double[] from(double first, long count) {
        return IntStream.range(0, (int) count).mapToDouble(i -> first + i).toArray();
    }

    private static Example tensor(Example example, String name, double first, Shape shape) {
        return example.input(name, DType.F32, shape, from(first, shape.elements()));
    }

    /// Two tokens of two heads of size 2, in two blocks of three places.
    private static Example store(String layout, Shape keys, Shape values, long... slots) {
        Shape rows = Shape.of(2, 2, 2);
        Example example = tensor(tensor(new Example(new ReshapeAndCache()), "key", 100, rows), "value", 200, rows);
        return tensor(tensor(example, "key_cache", 0, keys), "value_cache", 50, values)
                .constant("slot_mapping", slots)
                .attribute("layout", layout);
    }

    private static double[] written(double first, int count, double... placesAndValues) {
        double[] values = from(first, count);
        for (int i = 0; i < placesAndValues.length; i += 2) {
            values[(int) placesAndValues[i]] = placesAndValues[i + 1];
        }
        return values;
    }

    @Test
    void tokensBeforeHeads() {
        Shape cache = Shape.of(2, 3, 2, 2);
        Example example = store("NHD", cache, cache, 4, -1);
        // Slot 4 is place 1 of block 1, at element (1 * 3 + 1) * 4.
        assertArrayEquals(
                written(0, 24, 16, 100, 17, 101, 18, 102, 19, 103),
                example.answer(0).values());
        assertArrayEquals(
                written(50, 24, 16, 200, 17, 201, 18, 202, 19, 203),
                example.answer(1).values());
    }

    @Test
    void headsBeforeTokens() {
        Shape cache = Shape.of(2, 2, 3, 2);
        Example example = store("HND", cache, cache, 4, 0);
        // Block 1, heads 0 and 1, place 1: elements 12 + 2 and 12 + 6 + 2; the second token in block 0.
        assertArrayEquals(
                written(0, 24, 14, 100, 15, 101, 20, 102, 21, 103, 0, 104, 1, 105, 6, 106, 7, 107),
                example.answer(0).values());
    }

    @Test
    void keysInPiecesAndValuesTransposed() {
        Example example = store("vllm-x", Shape.of(2, 2, 2, 3, 1), Shape.of(2, 2, 2, 3), 4, -1);
        // Block 1, head h, piece i of one element, place 1: 12 + 6 h + 3 i + 1.
        assertArrayEquals(
                written(0, 24, 13, 100, 16, 101, 19, 102, 22, 103),
                example.answer(0).values());
        assertArrayEquals(
                written(50, 24, 13, 200, 16, 201, 19, 202, 22, 203),
                example.answer(1).values());
        Example pairs = store("vllm-x", Shape.of(2, 2, 1, 3, 2), Shape.of(2, 2, 2, 3), 4, -1);
        assertArrayEquals(
                written(0, 24, 14, 100, 15, 101, 20, 102, 21, 103),
                pairs.answer(0).values());
    }

    @Test
    void cachesAreWrittenInPlace() {
        Shape cache = Shape.of(2, 3, 2, 2);
        Example example = store("NHD", cache, cache, 4, -1);
        assertEquals(Optional.of("key_cache"), example.call().outputs().get(0).aliasOf());
        assertEquals(Optional.of("value_cache"), example.call().outputs().get(1).aliasOf());
    }

    @Test
    void skippedAndStaleSlotsAreFound() {
        Shape cache = Shape.of(2, 3, 2, 2);
        Answer answer = store("NHD", cache, cache, 4, -1).answer(0);
        assertFalse(answer.accepts(23, 104, DType.F32), "slot -1 taken for the last one");
        assertFalse(answer.accepts(16, 16, DType.F32), "not written");
        assertFalse(answer.accepts(18, 100, DType.F32), "the first head for all");
    }

    @ParameterizedTest
    @CsvSource({"NHD,6,0", "NHD,3,3", "HND,6,0", "vllm-x,1,1", "heads,0,1"})
    void slotsOutOfRangeAndSharedOnesAreRefused(String layout, long first, long second) {
        Shape keys = switch (layout) {
            case "HND" -> Shape.of(2, 2, 3, 2);
            case "vllm-x" -> Shape.of(2, 2, 1, 3, 2);
            default -> Shape.of(2, 3, 2, 2);
        };
        Shape values = layout.equals("vllm-x") ? Shape.of(2, 2, 2, 3) : keys;
        Example example = store(layout, keys, values, first, second);
        assertThrows(InvalidCallException.class, example::call);
    }

    @Test
    void cachesOfOtherSizesAreRefused() {
        Example heads = store("NHD", Shape.of(2, 3, 1, 2), Shape.of(2, 3, 2, 2), 0, 1);
        assertThrows(InvalidCallException.class, heads::call);
        Example pieces = store("vllm-x", Shape.of(2, 2, 1, 3, 1), Shape.of(2, 2, 2, 3), 0, 1);
        assertThrows(InvalidCallException.class, pieces::call);
        Example blocks = store("NHD", Shape.of(2, 3, 2, 2), Shape.of(1, 3, 2, 2), 0, 4);
        assertThrows(InvalidCallException.class, blocks::call);
        Example slots = store("NHD", Shape.of(2, 3, 2, 2), Shape.of(2, 3, 2, 2), 0);
        assertThrows(InvalidCallException.class, slots::call);
    }

    private static Example latents(long... slots) {
        Example example = tensor(new Example(new ConcatAndCacheMla()), "kv_c", 100, Shape.of(2, 2));
        return tensor(tensor(example, "k_pe", 200, Shape.of(2, 1)), "kv_cache", 0, Shape.of(2, 2, 3))
                .constant("slot_mapping", slots);
    }

    @Test
    void latentsAndRotatedKeysLieSideBySide() {
        assertArrayEquals(
                written(0, 12, 9, 100, 10, 101, 11, 200, 0, 102, 1, 103, 2, 201),
                latents(3, 0).answer(0).values());
        assertArrayEquals(from(0, 12), latents(-1, -5).answer(0).values());
        Example beyond = latents(4, 0);
        assertThrows(InvalidCallException.class, beyond::call);
        Example twice = latents(1, 1);
        assertThrows(InvalidCallException.class, twice::call);
    }

    private static Example table(String layout, Shape cache, long[] lengths, long... blocks) {
        Example example =
                tensor(new Example(new GatherCache()), "cache", 0, cache).attribute("layout", layout);
        long width = blocks.length / lengths.length;
        Tensor tensor = Tensor.of(
                Arena.ofAuto(),
                DType.I64,
                Shape.of(lengths.length, width),
                Arrays.stream(blocks).asDoubleStream().toArray());
        return example.constant("block_table", tensor).constant("seq_lens", lengths);
    }

    @Test
    void sequencesAreReadBlockByBlock() {
        Shape cache = Shape.of(3, 2, 1);
        Example example = table("NHD", cache, new long[] {3, 0, 2}, 2, 0, 99, -1, 1, 7);
        assertArrayEquals(new double[] {4, 5, 0, 2, 3}, example.answer(0).values());
        Example heads = table("HND", Shape.of(2, 2, 2, 1), new long[] {3}, 1, 0);
        assertArrayEquals(new double[] {4, 6, 5, 7, 0, 2}, heads.answer(0).values());
        assertEquals(Shape.of(3, 2, 1), heads.answer(0).shape());
        Example beyond = table("NHD", cache, new long[] {3}, 2, 3);
        assertThrows(InvalidCallException.class, beyond::call);
        Example longer = table("NHD", cache, new long[] {5}, 2, 0);
        assertThrows(InvalidCallException.class, longer::call);
    }

    private static Example copies(long... pairs) {
        Tensor tensor = Tensor.of(
                Arena.ofAuto(),
                DType.I64,
                Shape.of(pairs.length / 2, 2),
                Arrays.stream(pairs).asDoubleStream().toArray());
        Example example = tensor(new Example(new CopyBlocks()), "key_cache", 0, Shape.of(4, 2));
        return tensor(example, "value_cache", 50, Shape.of(4, 1)).constant("block_mapping", tensor);
    }

    @Test
    void blocksAreCopiedInBothCaches() {
        Example example = copies(3, 0, 3, 1);
        assertArrayEquals(
                new double[] {6, 7, 6, 7, 4, 5, 6, 7}, example.answer(0).values());
        assertArrayEquals(new double[] {53, 53, 52, 53}, example.answer(1).values());
        Example twice = copies(2, 0, 3, 0);
        assertThrows(InvalidCallException.class, twice::call);
        Example chain = copies(0, 1, 1, 2);
        assertThrows(InvalidCallException.class, chain::call);
        Example beyond = copies(0, 4);
        assertThrows(InvalidCallException.class, beyond::call);
    }
}
