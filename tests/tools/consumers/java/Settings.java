// Reads .properties files, each as the base64 of one line, and prints the base64 of the property `password` of each.

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;

class Settings {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            Properties properties = new Properties();
            properties.load(new ByteArrayInputStream(Base64.getDecoder().decode(line)));
            byte[] password = properties.getProperty("password").getBytes(StandardCharsets.UTF_8);
            System.out.println(Base64.getEncoder().encodeToString(password));
        }
    }
}
