package dev.assay.engine.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.imports.TextProto.Message;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextProtoTest {
    @Test
    void everyWayToWriteAFieldIsRead() {
        Message message = TextProto.parse("""
                # a comment: { not a field
                name: "it's" ' a "name"'   # and another
                number: -1.5e-3; other: 0x1F,
                kind: DTYPE_HALF
                inner { dims: 3 dims: 4 }
                inner: < dims: 5 >
                list: [1, 2, 3]
                none: []
                """, "here");
        assertEquals(Optional.of("it's a \"name\""), message.scalar("name"));
        assertEquals(Optional.of("-1.5e-3"), message.scalar("number"));
        assertEquals(Optional.of("0x1F"), message.scalar("other"));
        assertEquals(Optional.of("DTYPE_HALF"), message.scalar("kind"));
        assertEquals(2, message.messages("inner").size());
        assertEquals(List.of("3", "4"), message.messages("inner").getFirst().scalars("dims"));
        assertEquals(Optional.of("5"), message.message("inner").orElseThrow().scalar("dims"), "the last one counts");
        assertEquals(List.of("1", "2", "3"), message.scalars("list"));
        assertEquals(List.of(), message.scalars("none"));
        assertEquals(Optional.empty(), message.message("name"));
        assertEquals(List.of(), TextProto.parse("", "here").fields());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "a { b: 1 | not closed by }",
                "a: 1 } | where a field's name belongs",
                "a < b: 1 } | where a field's name belongs",
                "a 1 | neither ':' nor a message",
                "a: | has no value",
                "a: \"x | string is not closed",
                "a: \"\\x41\" | escape",
                "a: [1 2] | list is not closed",
                "a: [1 | list is not closed",
                ": 1 | where a field's name belongs"
            })
    void whatIsWrongIsRefusedWithItsLine(String text, String words) {
        HarnessException refusal = assertThrows(HarnessException.class, () -> TextProto.parse("x: 1\n" + text, "here"));
        assertTrue(refusal.what().contains(words), refusal.what());
        assertEquals("here, line 2", refusal.where());
    }
}
