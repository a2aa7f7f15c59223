class Prepared {
    String name(HttpServletRequest request) throws Exception {
        PreparedStatement find = connection.prepareStatement("SELECT name FROM users WHERE id = ?");
        find.setString(1, request.getParameter("id"));
        return find.executeQuery().getString(1);
    }
}
