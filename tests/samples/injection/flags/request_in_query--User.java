class User extends HttpServlet {
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String id = request.getParameter("id");
        connection.createStatement().executeQuery("SELECT name FROM users WHERE id = " + id);
    }
}
