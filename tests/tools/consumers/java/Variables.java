// Reads a .properties file from standard input, as a stream and as a UTF-8 reader, which must agree, and prints the base64 of
// each name and value on lines in turn.

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;

class Variables {
    public static void main(String[] arguments) throws Exception {
        byte[] file = System.in.readAllBytes();
        Properties asStream = new Properties(), asReader = new Properties();
        asStream.load(new ByteArrayInputStream(file));
        asReader.load(new InputStreamReader(new ByteArrayInputStream(file), StandardCharsets.UTF_8));
        if (!asStream.equals(asReader)) {
            throw new IllegalStateException("the two ways to read it disagree");
        }
        for (String name : asStream.stringPropertyNames()) {
            System.out.println(encoded(name));
            System.out.println(encoded(asStream.getProperty(name)));
        }
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
