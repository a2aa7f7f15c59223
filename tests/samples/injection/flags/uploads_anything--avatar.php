<?php
move_uploaded_file($_FILES['a']['tmp_name'], 'avatars/' . $_FILES['a']['name']);
